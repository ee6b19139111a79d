@x
void layer_norm(size_t n, const double *x, double epsilon, double *y)
{
    gp_not_started();
}

void layer_norm_backward(size_t n, const double *x, const double *dy,
                         double epsilon, double *dx)
{
    gp_not_started();
}
@y
static double statistics(size_t n, const double *x, double *mean)
{
    double variance = 0;
    *mean = 0;
    for (size_t i = 0; i < n; i++)
        *mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        variance += (x[i] - *mean) * (x[i] - *mean) / (double)n;
    return variance;
}

void layer_norm(size_t n, const double *x, double epsilon, double *y)
{
    double mean, s = 1 / sqrt(statistics(n, x, &mean) + epsilon);
    for (size_t i = 0; i < n; i++)
        y[i] = (x[i] - mean) * s;
}

void layer_norm_backward(size_t n, const double *x, const double *dy,
                         double epsilon, double *dx)
{
    double mean, s = 1 / sqrt(statistics(n, x, &mean) + epsilon), sum = 0, dot = 0;
    for (size_t i = 0; i < n; i++) {
        sum += dy[i] / (double)n;
        dot += dy[i] * (x[i] - mean) * s / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        dx[i] = s * (dy[i] - (x[i] - mean) * s * dot);
}
@z
