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
    return sqrt(epsilon);
}
@#
double power_of_error(void)
{
    return 0.5;
}
@z
