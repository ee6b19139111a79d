#include "harness.h"
#include "random.h"

void standardize_weights(gp_matrix *w, double gain);

static void expect_columns(size_t rows, size_t cols, double gain)
{
    gp_matrix w;
    gp_random r = gp_random_new(11);
    gp_matrix_new(&w, rows, cols, NULL);
    gp_random_fill_uniform(&r, &w, -1, 2);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            gp_row(&w, i)[j] *= (gp_real)(j + 1);
    standardize_weights(&w, gain);
    for (size_t j = 0; j < cols; j++) {
        double sum = 0, square = 0;
        for (size_t i = 0; i < rows; i++) {
            sum += (double)gp_row(&w, i)[j];
            square += (double)gp_row(&w, i)[j] * (double)gp_row(&w, i)[j];
        }
        expect_hint("Take the mean off each column by itself: the weights of unit j are gp_row(w, i)[j] for all i.");
        expect_near(sum / (double)rows, 0, 1e-9, "the mean of the weights of unit %zu of %zu, with %zu inputs", j, cols, rows);
        expect_hint("The variance is to be gain^2 / inputs: divide by the standard deviation and by the root of the number of inputs.");
        expect_near(square / gain / gain, 1, 1e-9, "inputs times variance over gain squared, for unit %zu of %zu, with %zu inputs and gain %g", j, cols, rows, gain);
    }
    gp_matrix_free(&w);
}

START_TEST(each_unit_has_mean_zero_and_the_variance_of_the_rule)
{
    expect_columns(20, 3, 1);
}
END_TEST

START_TEST(with_a_gain)
{
    expect_columns(50, 4, sqrt(2));
    expect_columns(2, 5, 3);
}
END_TEST

START_TEST(a_unit_with_equal_weights)
{
    gp_real values[] = {4, 1, 4, -1};
    gp_matrix w = gp_matrix_view(values, 2, 2, 2);
    standardize_weights(&w, 1);
    expect_hint("Its variance is 0, which nothing can be divided by.");
    expect_near(values[0], 0, 1e-12, "a weight of a unit whose weights are 4 and 4");
    expect_near(values[1], sqrt(0.5), 1e-9, "the first weight of a unit whose weights are 1 and -1");
}
END_TEST

START_TEST(rows_that_lie_apart)
{
    gp_real values[] = {1, 77, 3, 77};
    gp_matrix w = gp_matrix_view(values, 2, 1, 2);
    standardize_weights(&w, 1);
    expect_hint("The matrix may be a part of a wider one: use gp_row.");
    expect_near(values[1], 77, 0, "a number beside the matrix");
    expect_near(values[2], sqrt(0.5), 1e-9, "the second weight of a unit whose weights are 1 and 3");
}
END_TEST

EXERCISE_TESTS(each_unit_has_mean_zero_and_the_variance_of_the_rule, with_a_gain, a_unit_with_equal_weights, rows_that_lie_apart)
