/* What chapter 13 says of its experiments, read from what they wrote. */
#include "outputs.h"
#include <stdbool.h>

static double closing(const char *recipe, int depth)
{
    char key[64];
    snprintf(key, sizeof key, "at-%d-%s", depth, recipe);
    return gp_output_value("practitioner", key);
}

/* The mean or the deviation (in per cent) of the row of a comparison that holds the words. */
static void row_of(const char *name, const char *words, double *mean, double *deviation)
{
    char line[512];
    bool found = false;
    FILE *f = gp_output(name);
    while (!found && fgets(line, sizeof line, f))
        found = strstr(line, words) && sscanf(line, " %lf%% +- %lf", mean, deviation) == 2;
    fclose(f);
    ck_assert_msg(found, "%s has no row %s", name, words);
}

START_TEST(claim_twenty_layers_of_rectifiers_need_he)
{
    double mean[4], deviation[4];
    static const char *const rows[] = {"depth=2 init=glorot", "depth=2 init=he", "depth=20 init=glorot", "depth=20 init=he"};
    for (int i = 0; i < 4; i++)
        row_of("lab-vary.txt", rows[i], &mean[i], &deviation[i]);
    ck_assert_double_lt(fabs(mean[1] - mean[0]), deviation[0] + deviation[1]);
    ck_assert_double_gt(mean[3] - mean[2], 15);
    ck_assert_double_gt(mean[3] - mean[2], 2 * (deviation[2] + deviation[3]));
}
END_TEST

static const char *const recipes[] = {"sigmoid", "tanh", "relu-glorot", "relu", "leaky", "elu", "selu", "batchnorm"};
enum { RECIPES = sizeof recipes / sizeof *recipes };

START_TEST(claim_at_depth_two_the_recipe_hardly_matters)
{
    double least = 100, most = 0;
    for (int r = 0; r < RECIPES; r++) {
        least = fmin(least, closing(recipes[r], 2));
        most = fmax(most, closing(recipes[r], 2));
    }
    ck_assert_double_lt(most - least, 3);
}
END_TEST

START_TEST(claim_at_depth_ten_only_sigmoid_fails)
{
    double least = 100, most = 0;
    for (int r = 1; r < RECIPES; r++) {
        least = fmin(least, closing(recipes[r], 10));
        most = fmax(most, closing(recipes[r], 10));
    }
    ck_assert_double_lt(closing("sigmoid", 10), 15);
    ck_assert_double_gt(least, 75);
    ck_assert_double_lt(most - least, 5);
}
END_TEST

START_TEST(claim_at_depth_thirty_he_rescues_relu)
{
    ck_assert_double_lt(closing("relu-glorot", 30), 15);
    ck_assert_double_gt(closing("relu", 30), 55);
}
END_TEST

START_TEST(claim_at_depth_thirty_selu_and_tanh_lead_the_rectifiers)
{
    double selu = closing("selu", 30), tanh = closing("tanh", 30);
    for (int r = 0; r < RECIPES; r++)
        ck_assert_double_le(closing(recipes[r], 30), selu);
    ck_assert_double_lt(selu - tanh, gp_output_value("practitioner", "at-30-selu-deviation") + gp_output_value("practitioner", "at-30-tanh-deviation"));
    ck_assert_double_gt(tanh, closing("relu", 30));
    ck_assert_double_gt(tanh, closing("leaky", 30));
    ck_assert_double_gt(tanh, closing("elu", 30));
}
END_TEST

START_TEST(batch_normalization_is_the_last_that_trains_at_depth_thirty)
{
    double last = closing("batchnorm", 30);
    ck_assert_double_gt(last, 30);
    for (int r = 0; r < RECIPES; r++)
        if (closing(recipes[r], 30) > 15)
            ck_assert_double_ge(closing(recipes[r], 30), last);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results_13_laboratory");
    TCase *all = tcase_create("experiments");
    tcase_add_test(all, claim_twenty_layers_of_rectifiers_need_he);
    tcase_add_test(all, claim_at_depth_two_the_recipe_hardly_matters);
    tcase_add_test(all, claim_at_depth_ten_only_sigmoid_fails);
    tcase_add_test(all, claim_at_depth_thirty_he_rescues_relu);
    tcase_add_test(all, claim_at_depth_thirty_selu_and_tanh_lead_the_rectifiers);
    tcase_add_test(all, batch_normalization_is_the_last_that_trains_at_depth_thirty);
    suite_add_tcase(suite, all);
    return gp_run_suite(suite);
}
