/* What chapter 1 says of its cells and its experiment, checked on what they printed and recorded. */
#include "outputs.h"
#include <string.h>

/* the validation accuracy of an epoch in a cell that trained, in per cent; the loss before it */
static double accuracy(const char *cell, int epoch, double *loss)
{
    char name[64], line[512];
    double validation = NAN, percent = NAN;
    int found;
    snprintf(name, sizeof name, "%s.txt", cell);
    FILE *f = gp_output(name);
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "%d %*f %lf %lf%%", &found, &validation, &percent) == 3 && found == epoch)
            break;
        else
            percent = NAN;
    fclose(f);
    ck_assert_msg(!isnan(percent), "%s has no row for epoch %d", name, epoch);
    if (loss)
        *loss = validation;
    return percent;
}

START_TEST(claim_two_sigmoid_layers_learn)
{
    double first, last;
    accuracy("first-shallow", 1, &first);
    ck_assert(accuracy("first-shallow", 3, &last) > 75);
    ck_assert(last < first);
}
END_TEST

START_TEST(claim_twenty_sigmoid_layers_do_not_learn)
{
    for (int epoch = 1; epoch <= 3; epoch++) {
        double loss;
        ck_assert(accuracy("first-deep", epoch, &loss) < 13);
        ck_assert(fabs(loss - log(10)) < 0.02);
    }
}
END_TEST

START_TEST(claim_a_larger_step_does_not_help_either)
{
    double loss;
    ck_assert(accuracy("first-fast", 1, &loss) < 13);
    ck_assert(loss > 2.2);
}
END_TEST

START_TEST(claim_one_word_makes_it_learn)
{
    ck_assert(accuracy("first-word", 1, NULL) > 75);
    ck_assert(accuracy("first-word", 3, NULL) > 75);
}
END_TEST

/* sigmoid and tanh by dense layer */
static size_t gradients(double sigmoid[32], double tangent[32])
{
    FILE *f = gp_output("first-gradients.tsv");
    double row[3];
    size_t n = 0;
    while (n < 32 && gp_output_row(f, row, 3) == 3)
        sigmoid[n] = row[1], tangent[n] = row[2], n++;
    fclose(f);
    ck_assert_uint_eq(n, 21);
    return n;
}

START_TEST(claim_sigmoid_gradient_shrinks_by_a_constant_factor)
{
    double s[32], t[32];
    gradients(s, t);
    for (int l = 1; l < 20; l++) {
        ck_assert(s[l - 1] / s[l] > 0.15 && s[l - 1] / s[l] < 0.3);
    }
    ck_assert(gp_output_value("first", "factor") < 0.25);
    ck_assert(fabs(gp_output_value("first", "factor") - pow(s[0] / s[19], 1 / 19.)) < 0.006);
}
END_TEST

START_TEST(claim_the_first_layer_gets_next_to_nothing)
{
    double s[32], t[32];
    gradients(s, t);
    ck_assert(s[0] / s[19] < 1e-11 && s[0] > 0);
}
END_TEST

START_TEST(claim_tanh_gradient_keeps_its_size)
{
    double s[32], t[32];
    gradients(s, t);
    for (int l = 0; l < 20; l++)
        ck_assert(t[l] / t[19] > 0.1 && t[l] / t[19] < 10);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("results of chapter 1");
    TCase *t = tcase_create("results");
    suite_add_tcase(s, t);
    tcase_add_test(t, claim_two_sigmoid_layers_learn);
    tcase_add_test(t, claim_twenty_sigmoid_layers_do_not_learn);
    tcase_add_test(t, claim_a_larger_step_does_not_help_either);
    tcase_add_test(t, claim_one_word_makes_it_learn);
    tcase_add_test(t, claim_sigmoid_gradient_shrinks_by_a_constant_factor);
    tcase_add_test(t, claim_the_first_layer_gets_next_to_nothing);
    tcase_add_test(t, claim_tanh_gradient_keeps_its_size);
    return gp_run_suite(s);
}
