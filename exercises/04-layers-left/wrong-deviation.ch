@x
double he_share(int layers)
{
    gp_not_started();
}
@#
double glorot_share(int layers)
{
    gp_not_started();
}
@#
double glorot_widening_share(int layers)
{
    gp_not_started();
}
@y
double he_share(int layers)
{
    return 1;
}
@#
double glorot_share(int layers)
{
    return pow(2, 0.5 * (1 - layers));
}
@#
double glorot_widening_share(int layers)
{
    return pow(3, 1 - layers);
}
@z
