@x
double gradient_left(int layers)
{
    gp_not_started();
}
@#
int silent_depth(void)
{
    gp_not_started();
}
@#
int zero_depth(void)
{
    gp_not_started();
}
@y
double gradient_left(int layers)
{
    return pow(0.25, layers);
}
@#
int silent_depth(void)
{
    return 75;
}
@#
int zero_depth(void)
{
    return 75;
}
@z
