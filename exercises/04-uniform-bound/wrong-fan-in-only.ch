@x
void glorot(gp_matrix *w, bool normal, gp_random *random)
{
    gp_not_started();
    double average = 0.5 * (w->rows + w->cols);
    double r = sqrt(1 / average);
    if (normal)
        gp_random_fill_normal(random, w, 0, r);
    else
        gp_random_fill_uniform(random, w, -r, r);
}
@y
void glorot(gp_matrix *w, bool normal, gp_random *random)
{
    double average = w->rows;
    double r = sqrt(1 / average), bound = sqrt(3) * r;
    if (normal)
        gp_random_fill_normal(random, w, 0, r);
    else
        gp_random_fill_uniform(random, w, -bound, bound);
}
@z
