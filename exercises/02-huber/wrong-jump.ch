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
        double e = y[i] - target[i];
        double cut = fmin(fmax(e, -delta), delta);
        sum += (fabs(e) <= delta ? 0.5 * e * e : delta * fabs(e));
        dy[i] = cut / n;
    }
    return sum / n;
}
@z
