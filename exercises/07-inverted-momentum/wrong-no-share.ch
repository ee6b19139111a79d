@x
double running_mean(double old, double batch, double momentum)
{
    gp_not_started();
    return (1 - momentum) * old + momentum * batch;
}
@y
double running_mean(double old, double batch, double momentum)
{
    return momentum * old + batch;
}
@z
