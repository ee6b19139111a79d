@x
double softsign(double z)
{
    gp_not_started();
}
@#
double softsign_slope(double z)
{
    gp_not_started();
}
@y
double softsign(double z)
{
    return z / (1 + fabs(z));
}
@#
double softsign_slope(double z)
{
    double below = 1 + fabs(z);
    return 1 / (below * below);
}
@z
