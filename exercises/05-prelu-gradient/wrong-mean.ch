@x
double shared_slope_gradient(size_t n, const double *z, const double *dy)
{
    gp_not_started();
}
@y
double shared_slope_gradient(size_t n, const double *z, const double *dy)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (z[i] <= 0)
            sum += dy[i] * z[i];
    return sum / (double)n;
}
@z
