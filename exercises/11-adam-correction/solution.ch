@x
void my_adam(size_t n, double *x, const double *g, double *m, double *v,
             int t, double rate, double beta1, double beta2,
             double epsilon)
{
    gp_not_started();
    for (size_t i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        x[i] -= rate * m[i] / (sqrt(v[i]) + epsilon);
    }
}
@y
void my_adam(size_t n, double *x, const double *g, double *m, double *v,
             int t, double rate, double beta1, double beta2,
             double epsilon)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        double mean = m[i] / (1 - pow(beta1, t));
        double square = v[i] / (1 - pow(beta2, t));
        x[i] -= rate * mean / (sqrt(square) + epsilon);
    }
}
@z
