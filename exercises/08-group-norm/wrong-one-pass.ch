@x
void group_norm(size_t n, size_t k, const double *x, const double *gamma,
                double epsilon, double *y)
{
    gp_not_started();
}

void group_norm_backward(size_t n, size_t k, const double *x,
                         const double *gamma, double epsilon,
                         const double *dy, double *dx, double *dgamma)
{
    gp_not_started();
}
@y
static double group(size_t m, const double *x, double epsilon, double *mean)
{
    double variance = 0;
    *mean = 0;
    for (size_t j = 0; j < m; j++)
        *mean += (x[j] - x[0]) / (double)m;
    *mean += x[0];
    for (size_t j = 0; j < m; j++)
        variance += (x[j] * x[j] - *mean * *mean) / (double)m;
    return 1 / sqrt(fmax(variance, 0) + epsilon);
}
@#
void group_norm(size_t n, size_t k, const double *x, const double *gamma,
                double epsilon, double *y)
{
    for (size_t g = 0; g < k; g++) {
        const size_t m = n / k, first = g * m;
        double mean, s = group(m, x + first, epsilon, &mean);
        for (size_t j = first; j < first + m; j++)
            y[j] = gamma[j] * (x[j] - mean) * s;
    }
}
@#
void group_norm_backward(size_t n, size_t k, const double *x,
                         const double *gamma, double epsilon,
                         const double *dy, double *dx, double *dgamma)
{
    for (size_t g = 0; g < k; g++) {
        const size_t m = n / k, first = g * m;
        double mean, s = group(m, x + first, epsilon, &mean), sum = 0, dot = 0;
        for (size_t j = first; j < first + m; j++) {
            const double xhat = (x[j] - mean) * s;
            sum += dy[j] * gamma[j] / (double)m;
            dot += dy[j] * gamma[j] * xhat / (double)m;
            dgamma[j] = dy[j] * xhat;
        }
        for (size_t j = first; j < first + m; j++)
            dx[j] = s * (dy[j] * gamma[j] - sum - (x[j] - mean) * s * dot);
    }
}
@z
