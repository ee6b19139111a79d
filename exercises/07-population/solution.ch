@x
void population(size_t batches, size_t m, const double *mean,
                const double *variance, double *population_mean,
                double *population_variance)
{
    gp_not_started();
}
@y
void population(size_t batches, size_t m, const double *mean,
                const double *variance, double *population_mean,
                double *population_variance)
{
    double sum = 0, squares = 0;
    for (size_t k = 0; k < batches; k++) {
        sum += mean[k];
        squares += variance[k];
    }
    *population_mean = sum / (double)batches;
    *population_variance = squares / (double)batches * (double)m / ((double)m - 1);
}
@z
