@x
double post_norm_share(size_t blocks, double alpha, double b)
{
    gp_not_started();
}

double alpha_for_share(size_t blocks, double b, double p)
{
    gp_not_started();
}

double pre_norm_share(size_t blocks, double b)
{
    gp_not_started();
}
@y
double post_norm_share(size_t blocks, double alpha, double b)
{
    return pow(alpha / sqrt(alpha * alpha + b), (double)blocks);
}
@#
double alpha_for_share(size_t blocks, double b, double p)
{
    return sqrt(b / (pow(p, -1 / (double)blocks) - 1));
}
@#
double pre_norm_share(size_t blocks, double b)
{
    (void)blocks, (void)b;
    return 1;
}
@z
