@x
double best_step(double epsilon)
{
    gp_not_started();
}
@#
double power_of_error(void)
{
    gp_not_started();
}
@y
double best_step(double epsilon)
{
    return 1e-5;
}
@#
double power_of_error(void)
{
    return 2. / 3;
}
@z
