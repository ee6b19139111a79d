#include "harness.h"
#include "rectifier.h"
#include "variance.h"

double he_share(int layers);
double glorot_share(int layers);
double glorot_widening_share(int layers);

enum { DEPTH = 6, NETWORKS = 40 };

static const size_t equal[DEPTH + 1] = {64, 64, 64, 64, 64, 64, 64}, widening[DEPTH + 1] = {8, 16, 32, 64, 128, 256, 512};

static gp_variance_stack stack(const char *rule, const size_t *width)
{
    gp_variance_stack s = {&gp_relu, {0, 0}, rule, {0}, DEPTH, width};
    return s;
}

static double measured(const char *rule, const size_t *width)
{
    gp_variance_stack s = stack(rule, width);
    gp_variance_row row[DEPTH + 1], sum[2] = {{0}, {0}};
    gp_random root = gp_random_new(5);
    for (int k = 0; k < NETWORKS; k++) {
        gp_random r = gp_random_split(&root, (uint64_t)k);
        gp_variance_measure(&s, 32, &r, row, NULL);
        sum[0].preactivation += row[1].preactivation;
        sum[1].preactivation += row[DEPTH].preactivation;
    }
    return sum[1].preactivation / sum[0].preactivation;
}

static void expect_share(const char *what, double predicted, double found)
{
    expect_true(predicted > 0.6 * found && predicted < 1.6 * found,
                "%s, %d layers: measured in %d networks was a share of %.3g (it wanders by a third), you predict %.3g", what, DEPTH, NETWORKS, found, predicted);
}

START_TEST(networks_agree)
{
    expect_hint("He's rule is made for the rectifier.");
    expect_share("He", he_share(DEPTH), measured("he_normal", equal));
    expect_hint("With equal widths Glorot's variance is 1/n, half of He's. Between six layers there are five steps.");
    expect_share("Glorot", glorot_share(DEPTH), measured("glorot_normal", equal));
    expect_hint("With n inputs and 2n units, n_avg is 1.5 n.");
    expect_share("Glorot, doubling widths", glorot_widening_share(DEPTH), measured("glorot_normal", widening));
}
END_TEST

START_TEST(the_calculator_agrees)
{
    gp_variance_stack s[] = {stack("he_normal", equal), stack("glorot_normal", equal), stack("glorot_normal", widening)};
    double (*share[])(int) = {he_share, glorot_share, glorot_widening_share};
    const char *name[] = {"he_share", "glorot_share", "glorot_widening_share"};
    for (int k = 0; k < 3; k++) {
        gp_variance_row row[DEPTH + 1];
        gp_variance_predict(&s[k], row, NULL);
        for (int l = 1; l <= DEPTH; l++)
            expect_near(share[k](l) / (row[l].preactivation / row[1].preactivation), 1, 1e-4, "%s(%d), in parts of the calculator's answer", name[k], l);
    }
}
END_TEST

EXERCISE_TESTS(networks_agree, the_calculator_agrees)
