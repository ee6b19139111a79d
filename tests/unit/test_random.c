#include "aborts.h"
#include "random.h"
#include <omp.h>

/* Known answers of the Random123 distribution. */
START_TEST(claim_philox_agrees_with_published_answers)
{
    static const uint32_t counter[3][4] = {
        {0, 0, 0, 0},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}};
    static const uint32_t key[3][2] = {
        {0, 0}, {0xffffffff, 0xffffffff}, {0xa4093822, 0x299f31d0}};
    static const uint32_t want[3][4] = {
        {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}};
    uint32_t out[4];
    gp_philox(counter[_i], key[_i], out);
    for (int k = 0; k < 4; k++)
        ck_assert_uint_eq(out[k], want[_i][k]);
}
END_TEST

START_TEST(words_are_philox_of_the_position)
{
    gp_random r = gp_random_new(0);
    ck_assert_uint_eq(gp_random_u32(&r), 0x6627e8d5);
    ck_assert_uint_eq(gp_random_u32(&r), 0xe169c58d);
    ck_assert_uint_eq(gp_random_u32(&r), 0xbc57ac4c);
    ck_assert_uint_eq(gp_random_u32(&r), 0x9b00dbd8);
    ck_assert_uint_eq(r.position, 4);
}
END_TEST

START_TEST(splitting_leaves_the_parent_alone)
{
    gp_random parent = gp_random_new(5), before = parent;
    gp_random a = gp_random_split(&parent, 0);
    ck_assert_mem_eq(&parent, &before, sizeof parent);
    gp_random_u32(&parent);
    gp_random b = gp_random_split(&parent, 0);
    ck_assert_mem_eq(&a, &b, sizeof a);
}
END_TEST

/* A child is a block that no position reaches, so no two are the same. */
START_TEST(a_child_is_a_block_of_its_own)
{
    const uint64_t children[] = {0, 1, (uint64_t)1 << 62, INT64_MAX};
    for (size_t k = 0; k < 4; k++) {
        gp_random parent = gp_random_new(6);
        parent.stream = 17;
        const gp_random child = gp_random_split(&parent, children[k]);
        const uint32_t counter[4] = {
            (uint32_t)children[k],
            (uint32_t)(children[k] >> 32) | (uint32_t)1 << 31, 17, 0};
        uint32_t out[4];
        gp_philox(counter, parent.key, out);
        ck_assert_uint_eq(child.key[0], out[0]);
        ck_assert_uint_eq(child.key[1], out[1]);
        ck_assert_uint_eq(child.stream, (uint64_t)out[3] << 32 | out[2]);
        ck_assert_uint_eq(child.position, 0);
    }
}
END_TEST

/* Streams that were the same or shifted would share words. */
START_TEST(children_share_no_words)
{
    enum { STREAMS = 6, WORDS = 500 };
    gp_random parent = gp_random_new(1), r[STREAMS] = {parent};
    static uint32_t word[STREAMS][WORDS];
    size_t equal = 0;
    for (uint64_t c = 1; c < STREAMS - 1; c++)
        r[c] = gp_random_split(&parent, c - 1);
    r[STREAMS - 1] = gp_random_split(&r[1], 0);
    for (size_t s = 0; s < STREAMS; s++)
        for (size_t i = 0; i < WORDS; i++)
            word[s][i] = gp_random_u32(&r[s]);
    for (size_t s = 0; s < STREAMS; s++)
        for (size_t t = 0; t < s; t++)
            for (size_t i = 0; i < WORDS; i++)
                for (size_t j = 0; j < WORDS; j++)
                    equal += word[s][i] == word[t][j];
    ck_assert_uint_le(equal, 3); /* by chance 0.0009 are expected */
}
END_TEST

static void child_beyond(void)
{
    gp_random r = gp_random_new(1);
    gp_random_split(&r, UINT64_MAX);
}

START_TEST(a_child_beyond_the_range_is_a_mistake)
{
    gp_assert_aborts(child_beyond, "18446744073709551615");
}
END_TEST

/* chi squared of 7 classes, 6 degrees of freedom: 22.46 has p = 0.001 */
START_TEST(below_is_uniform)
{
    gp_random r = gp_random_new(11);
    double count[7] = {0}, chi = 0;
    for (int i = 0; i < 70000; i++)
        count[gp_random_below(&r, 7)]++;
    for (int k = 0; k < 7; k++)
        chi += (count[k] - 10000) * (count[k] - 10000) / 10000;
    ck_assert_double_lt(chi, 22.46);
    ck_assert_uint_eq(gp_random_below(&r, 1), 0);
    for (int i = 0; i < 1000; i++)
        ck_assert_uint_lt(gp_random_below(&r, UINT64_MAX), UINT64_MAX);
}
END_TEST

/* With n = 3 * 2^62 the plain remainder would give [0, 2^62) twice as often. */
START_TEST(below_has_no_bias_for_large_n)
{
    gp_random r = gp_random_new(12);
    const uint64_t third = (uint64_t)1 << 62;
    double low = 0;
    for (int i = 0; i < 9000; i++)
        low += gp_random_below(&r, 3 * third) < third;
    gp_assert_near(low / 9000, 1. / 3, 0.02);
}
END_TEST

START_TEST(uniform_is_open_and_exact)
{
    gp_random r = gp_random_new(0);
    ck_assert(gp_random_uniform(&r) ==
              ((double)0x6627e8d5u + 0.5) / 4294967296.0);
}
END_TEST

START_TEST(claim_quantile_inverts_the_error_function)
{
    for (double p = 1e-300; p < 1; p *= 1.3) {
        const double z = gp_normal_quantile(p);
        const double back = 0.5 * erfc(-z / sqrt(2.0));
        /* an error d in z changes log p by about (1 + |z|) d */
        ck_assert_msg(fabs(back - p) <= 4e-15 * p * (1 + z * z),
                      "quantile of %g is %.17g", p, z);
        if (p > 1e-10)
            gp_assert_near(gp_normal_quantile(1 - p), -z, 1e-6);
    }
    ck_assert(gp_normal_quantile(0.5) == 0);
    gp_assert_near(gp_normal_quantile(0.975), 1.959963984540054, 1e-15);
    gp_assert_near(gp_normal_quantile(0.022750131948179207), -2, 1e-15);
    gp_assert_near(gp_normal_quantile(0x1p-1074), -38.467405617144340, 1e-14);
    ck_assert(gp_normal_quantile(0) == -INFINITY);
    ck_assert(gp_normal_quantile(1) == INFINITY);
    ck_assert(isnan(gp_normal_quantile(-0.1)));
    ck_assert(isnan(gp_normal_quantile(1.1)));
    ck_assert(isnan(gp_normal_quantile((double)NAN)));
}
END_TEST

START_TEST(quantile_is_monotone_across_its_joints)
{
    const double joint[] = {0.075, 0.925, 1.4e-11, 1 - 1.4e-11};
    for (size_t k = 0; k < 4; k++) {
        double p = joint[k] * (1 - 1e-12);
        double last = gp_normal_quantile(p);
        for (int i = 0; i < 200; i++) {
            p = fma(joint[k], 1e-14, p);
            const double z = gp_normal_quantile(p);
            ck_assert_double_ge(z, last - 3e-15 * fabs(z));
            last = z;
        }
    }
}
END_TEST

/* The same bits on every machine: these were computed once and must stay. */
START_TEST(claim_normals_have_known_bits)
{
    static const double want[6] = {-0x1.6397a5171a8d6p-3, 0x1.cadf5afd96079p-5,
                                   0x1.0ffe620855a82p-1, -0x1.119bba2f76d2p-1,
                                   0x1.22130584f465ep+1, -0x1.8db6fa63a4c19p-2};
    gp_random r = gp_random_new(2026);
    for (int i = 0; i < 6; i++) {
        const double z = gp_random_normal(&r);
        ck_assert_msg(z == want[i], "normal %d is %a", i, z);
    }
    uint64_t sum = 0;
    for (int i = 0; i < 100000; i++) {
        const double z = gp_random_normal(&r);
        uint64_t bits;
        memcpy(&bits, &z, sizeof z);
        sum = sum * 6364136223846793005u + bits;
    }
    ck_assert_msg(sum == 0x97bf60e09806ffa2, "the bits of many normals sum to 0x%llx",
                  (unsigned long long)sum);
}
END_TEST

static void draw(gp_matrix *m, int kind, gp_random *r)
{
    if (kind == 0)
        gp_random_fill_uniform(r, m, 0, 1);
    else if (kind == 1)
        gp_random_fill_normal(r, m, 0, 1);
    else
        gp_random_fill_truncated_normal(r, m, 0, 1);
}

/* All fills, at each alignment of the position, equal the scalar draws. */
START_TEST(claim_fills_equal_scalar_draws)
{
    const double left = 0.022750131948179207;
    gp_matrix m;
    gp_matrix_new(&m, 37, 61, NULL);
    for (int kind = 0; kind < 3; kind++)
        for (uint64_t skip = 0; skip < 4; skip++) {
            gp_random r = gp_random_new(3);
            r.position = skip;
            gp_random s = r;
            draw(&m, kind, &r);
            for (size_t i = 0; i < m.rows; i++)
                for (size_t j = 0; j < m.cols; j++) {
                    const double u = gp_random_uniform(&s);
                    const double want =
                        kind == 0   ? u
                        : kind == 1 ? gp_normal_quantile(u)
                                    : gp_normal_quantile(
                                          (1 - 2 * left) * u + left);
                    const double slack = kind == 2 ? 1e-6 : 0;
                    ck_assert_double_le(
                        fabs((double)gp_row(&m, i)[j] - (double)(gp_real)want),
                        slack);
                }
            ck_assert_uint_eq(r.position, s.position);
            ck_assert(gp_row(&m, 0)[61] == 0);
        }
    gp_matrix_free(&m);
}
END_TEST

START_TEST(claim_threads_do_not_change_bits)
{
    gp_matrix a, b;
    gp_matrix_new(&a, 211, 97, NULL);
    gp_matrix_new(&b, 211, 97, NULL);
    for (int kind = 0; kind < 3; kind++)
        for (int threads = 2; threads <= 5; threads++) {
            gp_random r = gp_random_new(4), s = r;
            omp_set_num_threads(1);
            draw(&a, kind, &r);
            omp_set_num_threads(threads);
            draw(&b, kind, &s);
            ck_assert_mem_eq(a.at, b.at, 211 * a.stride * sizeof(gp_real));
        }
    gp_matrix_free(&a);
    gp_matrix_free(&b);
}
END_TEST

/* Four moments of n normals; bounds of five standard errors. */
START_TEST(normals_have_normal_moments)
{
    enum { SIDE = 500 };
    const double n = (double)SIDE * SIDE;
    const double spread[4] = {1, 2, 15, 96}; /* Var z^k */
    const double want[4] = {0, 1, 0, 3};
    double sum[4] = {0};
    gp_matrix m;
    gp_random r = gp_random_new(6);
    gp_matrix_new(&m, SIDE, SIDE, NULL);
    gp_random_fill_normal(&r, &m, 0, 1);
    for (size_t i = 0; i < SIDE; i++)
        for (size_t j = 0; j < SIDE; j++) {
            const double z = (double)gp_row(&m, i)[j];
            sum[0] += z;
            sum[1] += z * z;
            sum[2] += z * z * z;
            sum[3] += z * z * z * z;
        }
    for (int k = 0; k < 4; k++)
        ck_assert_double_le(fabs(sum[k] / n - want[k]),
                            5 * sqrt(spread[k] / n));
    gp_matrix_free(&m);
}
END_TEST

START_TEST(mean_and_deviation_are_applied)
{
    gp_matrix m, z;
    gp_random r = gp_random_new(7), s = r;
    gp_matrix_new(&m, 4, 9, NULL);
    gp_matrix_new(&z, 4, 9, NULL);
    gp_random_fill_normal(&r, &m, 3, 0.5);
    gp_random_fill_normal(&s, &z, 0, 1);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 9; j++)
            gp_assert_near(gp_row(&m, i)[j],
                           3 + 0.5 * (double)gp_row(&z, i)[j], 1e-6);
    gp_random_fill_uniform(&r, &m, -2, 6);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 9; j++)
            ck_assert(gp_row(&m, i)[j] >= -2 && gp_row(&m, i)[j] <= 6);
    gp_matrix_free(&m);
    gp_matrix_free(&z);
}
END_TEST

START_TEST(shuffle_permutes_uniformly)
{
    gp_random r = gp_random_new(8);
    double count[6] = {0}, chi = 0;
    for (int trial = 0; trial < 12000; trial++) {
        uint32_t p[3] = {0, 1, 2};
        gp_random_shuffle(&r, 3, p);
        ck_assert_uint_eq(1u << p[0] | 1u << p[1] | 1u << p[2], 7);
        count[p[0] * 2 + (p[1] > p[2])]++;
    }
    for (int k = 0; k < 6; k++)
        chi += (count[k] - 2000) * (count[k] - 2000) / 2000;
    ck_assert_double_lt(chi, 20.52); /* 5 degrees of freedom, p = 0.001 */
    gp_random_shuffle(&r, 0, NULL);
}
END_TEST

START_TEST(a_shuffle_takes_two_words_for_each_place_but_the_first)
{
    uint32_t order[50];
    gp_random r = gp_random_new(3);
    for (uint32_t i = 0; i < 50; i++)
        order[i] = i;
    gp_random_shuffle(&r, 50, order);
    ck_assert_uint_eq(r.position, 98);
    gp_random_shuffle(&r, 1, order);
    ck_assert_uint_eq(r.position, 98);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random");
    TCase *tests = tcase_create("random");
    tcase_add_test(tests, a_shuffle_takes_two_words_for_each_place_but_the_first);
    tcase_add_loop_test(tests, claim_philox_agrees_with_published_answers, 0, 3);
    tcase_add_test(tests, words_are_philox_of_the_position);
    tcase_add_test(tests, splitting_leaves_the_parent_alone);
    tcase_add_test(tests, a_child_is_a_block_of_its_own);
    tcase_add_test(tests, children_share_no_words);
    tcase_add_test(tests, a_child_beyond_the_range_is_a_mistake);
    tcase_add_test(tests, below_is_uniform);
    tcase_add_test(tests, below_has_no_bias_for_large_n);
    tcase_add_test(tests, uniform_is_open_and_exact);
    tcase_add_test(tests, claim_quantile_inverts_the_error_function);
    tcase_add_test(tests, quantile_is_monotone_across_its_joints);
    tcase_add_test(tests, claim_normals_have_known_bits);
    tcase_add_test(tests, claim_fills_equal_scalar_draws);
    tcase_add_test(tests, claim_threads_do_not_change_bits);
    tcase_add_test(tests, normals_have_normal_moments);
    tcase_add_test(tests, mean_and_deviation_are_applied);
    tcase_add_test(tests, shuffle_permutes_uniformly);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
