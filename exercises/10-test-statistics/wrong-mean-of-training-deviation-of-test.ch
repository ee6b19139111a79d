@x
#define COLUMN(i) x[(i) * features + j]
@#
static void map_column(size_t features, size_t j, size_t n, double *x,
                       double mean, double deviation)
{
    for (size_t i = 0; i < n; i++)
        COLUMN(i) = (COLUMN(i) - mean) / (deviation > 0 ? deviation : 1);
}
@#
static void measure_column(size_t features, size_t j, size_t n,
                           const double *x, double *mean,
                           double *deviation)
{
    double square = 0;
    *mean = 0;
    for (size_t i = 0; i < n; i++)
        *mean += COLUMN(i) / n;
    for (size_t i = 0; i < n; i++)
        square += (COLUMN(i) - *mean) * (COLUMN(i) - *mean) / n;
    *deviation = sqrt(square);
}
@#
void standardize(size_t features, size_t n_train, double *train,
                 size_t n_test, double *test)
{
    double mean, deviation;

    gp_not_started();
    for (size_t j = 0; j < features; j++) {
        measure_column(features, j, n_train, train, &mean, &deviation);
        map_column(features, j, n_train, train, mean, deviation);
        measure_column(features, j, n_test, test, &mean, &deviation);
        map_column(features, j, n_test, test, mean, deviation);
    }
}
@y
#define COLUMN(i) x[(i) * features + j]
@#
static void map_column(size_t features, size_t j, size_t n, double *x,
                       double mean, double deviation)
{
    for (size_t i = 0; i < n; i++)
        COLUMN(i) = (COLUMN(i) - mean) / (deviation > 0 ? deviation : 1);
}
@#
static void measure_column(size_t features, size_t j, size_t n,
                           const double *x, double *mean,
                           double *deviation)
{
    double square = 0;
    *mean = 0;
    for (size_t i = 0; i < n; i++)
        *mean += COLUMN(i) / n;
    for (size_t i = 0; i < n; i++)
        square += (COLUMN(i) - *mean) * (COLUMN(i) - *mean) / n;
    *deviation = sqrt(square);
}
@#
void standardize(size_t features, size_t n_train, double *train,
                 size_t n_test, double *test)
{
    double mean, deviation;

    for (size_t j = 0; j < features; j++) {
        measure_column(features, j, n_train, train, &mean, &deviation);
        map_column(features, j, n_train, train, mean, deviation);
        double unused;
        measure_column(features, j, n_test, test, &unused, &deviation);
        map_column(features, j, n_test, test, mean, deviation);
    }
}
@z
