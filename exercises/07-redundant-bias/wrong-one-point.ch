@x
bool is_redundant(double (*loss)(const double *bias), size_t n)
{
    gp_not_started();
}
@y
bool is_redundant(double (*loss)(const double *bias), size_t n)
{
    double bias[64] = {0};
    double at_zero = loss(bias);
    for (size_t i = 0; i < n; i++)
        for (int k = -3; k <= 3; k++) {
            bias[i] = 1e-6 * k;
            if (fabs(loss(bias) - at_zero) > 1e-9)
                return false;
            bias[i] = 0;
        }
    return true;
}
@z
