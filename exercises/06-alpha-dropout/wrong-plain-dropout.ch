@x
double alpha_dropout_a(double q, double saturated)
{
    gp_not_started();
}

double alpha_dropout_b(double q, double saturated)
{
    gp_not_started();
}
@y
double alpha_dropout_a(double q, double saturated)
{
    return 1 / q;
}

double alpha_dropout_b(double q, double saturated)
{
    return -alpha_dropout_a(q, saturated) * (1 - q) * saturated;
}
@z
