@x
double output_variance(const gp_matrix *y)
{
    gp_not_started();
}
@#
int lsuv(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
         double tolerance, int limit)
{
    gp_matrix *w = &layer->parameter[0].value;
    gp_pass pass = {false, NULL};

    gp_not_started();
    (void)w;
    gp_layer_forward(layer, x, y, &pass);
}
@y
double output_variance(const gp_matrix *y)
{
    double n = (double)y->rows * y->cols, sum = 0, squares = 0;

    for (size_t i = 0; i < y->rows; i++)
        for (size_t j = 0; j < y->cols; j++)
            sum += gp_row(y, i)[j];
    for (size_t i = 0; i < y->rows; i++)
        for (size_t j = 0; j < y->cols; j++)
            squares += pow(gp_row(y, i)[j] - sum / n, 2);
    return squares / n;
}
@#
int lsuv(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
         double tolerance, int limit)
{
    gp_matrix *w = &layer->parameter[0].value;
    gp_pass pass = {false, NULL};

    for (int times = 0; times <= 100; times++) {
        gp_layer_forward(layer, x, y, &pass);
        double variance = output_variance(y);
        if (fabs(variance - 1) <= tolerance)
            return times;
        if (!(variance > 0) || times == 100)
            return -1;
        for (size_t i = 0; i < w->rows; i++)
            for (size_t j = 0; j < w->cols; j++)
                gp_row(w, i)[j] /= sqrt(variance);
    }
    return -1;
}
@z
