@x
double plain_after(size_t blocks, double s, double a, double q)
{
    gp_not_started();
}

double plain_scale(size_t blocks, double a, double g)
{
    gp_not_started();
}

double normalized_after(size_t blocks, double s, double a, double q)
{
    gp_not_started();
}

double normalized_scale(size_t blocks, double a, double q, double g)
{
    gp_not_started();
}
@y
double plain_after(size_t blocks, double s, double a, double q)
{
    return q * pow(1 + s * s * a, (double)blocks);
}
@#
double plain_scale(size_t blocks, double a, double g)
{
    return 1 / sqrt((double)blocks);
}
@#
double normalized_after(size_t blocks, double s, double a, double q)
{
    return q + (double)blocks * s * s * a;
}
@#
double normalized_scale(size_t blocks, double a, double q, double g)
{
    return sqrt((g - 1) * q / ((double)blocks * a));
}
@z
