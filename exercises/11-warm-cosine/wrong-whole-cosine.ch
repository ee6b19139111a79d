@x
double warm_cosine(double step, double steps, double warm, double least)
{
    gp_not_started();
}
@y
double warm_cosine(double step, double steps, double warm, double least)
{
    const double pi = 4 * atan(1);

    if (step < warm)
        return step / warm;
    if (step >= steps)
        return least;
    double done = (step - warm) / (steps - warm);
    return least + (1 - least) * 0.5 * (1 + cos(2 * pi * done));
}
@z
