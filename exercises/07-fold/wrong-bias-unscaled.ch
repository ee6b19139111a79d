@x
void fold(size_t inputs, size_t units, double *w, double *b,
          const double *gamma, const double *beta, const double *mean,
          const double *variance, double epsilon)
{
    gp_not_started();
}
@y
void fold(size_t inputs, size_t units, double *w, double *b,
          const double *gamma, const double *beta, const double *mean,
          const double *variance, double epsilon)
{
    for (size_t j = 0; j < units; j++) {
        double s = gamma[j] / sqrt(variance[j] + epsilon);
        for (size_t i = 0; i < inputs; i++)
            w[i * units + j] *= s;
        b[j] = b[j] - mean[j] * s + beta[j];
    }
}
@z
