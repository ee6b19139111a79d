@x
double huber(size_t n, const double *y, const double *target,
             double delta, double *dy)
{
    gp_not_started();
}
@y
double huber(size_t n, const double *y, const double *target,
             double delta, double *dy)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        double e = target[i] - y[i];
        double cut = fmin(fmax(e, -delta), delta);
        sum += cut * (e - 0.5 * cut);
        dy[i] = cut / n;
    }
    return sum / n;
}
@z
