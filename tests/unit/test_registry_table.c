/* The table of layers as the manual has it: every word with its arguments, their defaults and their ranges, each limit from both
   sides. A change of the table must be made here too, and in the man page. */
#include "elu.h"
#include "keras.h"
#include "network.h"
#include "registry.h"
#include "specification.h"
#include "support.h"

typedef struct {
    const char *name;
    double otherwise, low, high; /* NAN: it must be given */
} argument;

static const struct {
    const char *word;
    argument arguments[GP_MAX_ARGUMENTS];
} table[] = {
    {"dense", {{"UNITS", NAN, 1, 1048576}, {"INITIALIZER", 0, 0, 0}, {"nobias", 0, 0, 1}}},
    {"sigmoid", {{0}}},
    {"tanh", {{0}}},
    {"relu", {{0}}},
    {"identity", {{0}}},
    {"gelu", {{0}}},
    {"gelu_tanh", {{0}}},
    {"swish", {{0}}},
    {"mish", {{0}}},
    {"softplus", {{0}}},
    {"hard_sigmoid", {{"ALPHA", 1 / 6.0, 0, 1}, {"BETA", 0.5, 0, 1}}},
    {"leaky_relu", {{"ALPHA", 0.01, 0, 100}}},
    {"prelu", {{"ALPHA", 0.25, -100, 100}, {"shared", 0, 0, 1}}},
    {"rrelu", {{"LOWER", 0.125, 0, 100}, {"UPPER", 1 / 3.0, 0, 100}}},
    {"elu", {{"ALPHA", 1, 0, 100}}},
    {"celu", {{"ALPHA", 1, 1e-3, 100}}},
    {"selu", {{"ALPHA", GP_SELU_ALPHA, 0, 100}, {"SCALE", GP_SELU_SCALE, 1e-3, 100}}},
    {"dropout", {{"RATE", NAN, 0, 0.99}}},
    {"alpha_dropout", {{"RATE", NAN, 0, 0.99}}},
    {"batchnorm", {{"MOMENTUM", 0.99, 0, 1}, {"EPSILON", 1e-3, 1e-12, 1}, {"unbiased", 0, 0, 1}}},
    {"layernorm", {{"EPSILON", 1e-5, 1e-12, 1}}},
    {"rmsnorm", {{"EPSILON", 1e-5, 1e-12, 1}}},
    {"residual", {{"SCALE", 1, -100, 100}, {"trained", 0, 0, 1}}},
};
enum { WORDS = sizeof table / sizeof *table };

START_TEST(the_table_is_the_manuals)
{
    for (size_t i = 0; i < WORDS; i++) {
        const gp_word *row = gp_word_at(i);
        ck_assert_msg(row != NULL, "%s is missing", table[i].word);
        ck_assert_str_eq(row->word, table[i].word);
        ck_assert_ptr_eq(gp_word_find(table[i].word), row);
        for (size_t k = 0; k < GP_MAX_ARGUMENTS; k++) {
            const argument *want = &table[i].arguments[k];
            const gp_argument *got = &row->argument[k];
            ck_assert_msg((want->name == NULL) == (got->name == NULL), "%s: argument %zu", row->word, k + 1);
            if (want->name == NULL)
                continue;
            ck_assert_str_eq(got->name, want->name);
            ck_assert_msg(isnan(want->otherwise) ? isnan(got->otherwise) : got->otherwise == want->otherwise, "%s: %s is %g if left out",
                          row->word, got->name, got->otherwise);
            ck_assert_msg(got->low == want->low && got->high == want->high, "%s: %s from %g to %g", row->word, got->name, got->low, got->high);
        }
    }
    ck_assert_ptr_null(gp_word_at(WORDS));
    ck_assert_ptr_null(gp_word_find("dens"));
}
END_TEST

static gp_status parsed(const char *text, gp_error *error)
{
    gp_network *net = gp_network_new(1, 1, error);
    ck_assert_ptr_nonnull(net);
    gp_status status = gp_network_parse(net, text, error);
    gp_network_free(net);
    return status;
}

/* The number K of the word, the others as they are usually. */
static void with_argument(char *text, size_t size, size_t i, size_t k, double value)
{
    size_t n = (size_t)snprintf(text, size, "%s", table[i].word);
    for (size_t a = 0; a <= k; a++)
        n += (size_t)snprintf(text + n, size - n, ":%.10g", a == k ? value : table[i].arguments[a].otherwise);
    if (strcmp(table[i].word, "residual") == 0)
        snprintf(text + n, size - n, "(relu)");
}

START_TEST(limits_are_included_and_nothing_beyond)
{
    for (size_t i = 0; i < WORDS; i++)
        for (size_t k = 0; k < GP_MAX_ARGUMENTS && table[i].arguments[k].name; k++) {
            const argument *a = &table[i].arguments[k];
            const gp_argument_kind kind = gp_word_at(i)->argument[k].kind;
            if (kind == GP_FLAG || kind == GP_INITIALIZER)
                continue;
            for (int side = 0; side < 4; side++) {
                char text[128];
                gp_error error = {""};
                const double limit = side % 2 ? a->high : a->low, step = kind == GP_UNITS ? 1 : fmax(1e-13, fabs(limit) / 1000);
                const double value = side < 2 ? limit : limit + (side % 2 ? step : -step);
                with_argument(text, sizeof text, i, k, value);
                /* rrelu's interval has a condition of its own: LOWER is at most UPPER */
                if (strcmp(table[i].word, "rrelu") == 0 && side < 2 && (side == 1) != (k == 1))
                    continue;
                ck_assert_msg((parsed(text, &error) == GP_OK) == (side < 2), "%s: %s", text, error.message);
                if (side >= 2)
                    ck_assert_msg(strstr(error.message, table[i].word) != NULL, "%s: %s", text, error.message);
            }
        }
}
END_TEST

START_TEST(what_must_be_given_is_missed)
{
    for (size_t i = 0; i < WORDS; i++) {
        gp_error error = {""};
        char text[64];
        snprintf(text, sizeof text, strcmp(table[i].word, "residual") == 0 ? "%s(relu)" : "%s", table[i].word);
        bool must = table[i].arguments[0].name != NULL && isnan(table[i].arguments[0].otherwise);
        ck_assert_msg((parsed(text, &error) == GP_OK) == !must, "%s: %s", text, error.message);
        if (must)
            ck_assert_msg(strstr(error.message, table[i].arguments[0].name) != NULL, "%s: %s", text, error.message);
    }
}
END_TEST

START_TEST(a_call_without_its_argument_says_which)
{
    static const char *const words[] = {"dropout", "alpha_dropout"};
    for (size_t i = 0; i < 2; i++) {
        gp_error error = {""};
        char wanted[64];
        gp_network *net = gp_network_new(1, 1, &error);
        ck_assert_int_eq(gp_add(net, words[i], .alpha = GP_LEFT_OUT), GP_BAD_INPUT);
        snprintf(wanted, sizeof wanted, "%s: expected RATE", words[i]);
        ck_assert_msg(strstr(gp_network_error(net)->message, wanted) != NULL, "%s", gp_network_error(net)->message);
        gp_network_free(net);
    }
}
END_TEST

START_TEST(one_argument_more_is_refused)
{
    for (size_t i = 0; i < WORDS; i++) {
        gp_error error = {""};
        char text[128];
        size_t n = (size_t)snprintf(text, sizeof text, "%s", table[i].word);
        for (size_t k = 0; k < GP_MAX_ARGUMENTS && table[i].arguments[k].name; k++) {
            const argument *a = &table[i].arguments[k];
            const gp_argument_kind kind = gp_word_at(i)->argument[k].kind;
            if (kind == GP_FLAG || kind == GP_INITIALIZER)
                continue;
            n += (size_t)snprintf(text + n, sizeof text - n, ":%.10g", isnan(a->otherwise) ? a->low : a->otherwise);
        }
        snprintf(text + n, sizeof text - n, strcmp(table[i].word, "residual") == 0 ? ":0.75(relu)" : ":0.75");
        ck_assert_msg(parsed(text, &error) != GP_OK, "%s is accepted", text);
    }
}
END_TEST

/* ---------------------------------------------------------------- networks from the table */

START_TEST(weights_follow_the_seed)
{
    gp_error error = {""};
    gp_real first[4];
    for (uint64_t k = 0; k < 4; k++) {
        gp_network *net = gp_network_new(2, k / 2, &error); /* 0, 0, 1, 1 */
        ck_assert_int_eq(gp_network_parse(net, "dense:3", &error), GP_OK);
        first[k] = gp_network_layer(net, 0)->parameter[0].value.at[0];
        ck_assert_uint_eq(gp_network_seed(net), k / 2);
        gp_network_free(net);
    }
    ck_assert(first[0] == first[1] && first[2] == first[3] && first[0] != first[2]);
}
END_TEST

/* What is there already counts against the limit, untrained numbers too: a batchnorm of 2 has 8 of them. */
START_TEST(a_limit_counts_what_is_there)
{
    for (size_t most = 15; most <= 16; most++) {
        gp_error error = {""};
        gp_network *net = gp_network_new(2, 1, &error);
        ck_assert_int_eq(gp_network_parse(net, "batchnorm", &error), GP_OK);
        gp_network_limit(net, most);
        ck_assert_int_eq(gp_network_parse(net, "batchnorm", &error) == GP_OK, most == 16);
        gp_network_free(net);
    }
}
END_TEST

/* A slip is a letter too many, too few, another one, or two that are swapped; a third of the letters may slip. */
START_TEST(a_slip_of_any_kind_is_guessed)
{
    static const struct {
        const char *text, *word, *nearest;
    } cases[] = {
        {"ab", "ba", "ba"},         {"abcd", "badc", "badc"}, {"abcde", "bacde", "bacde"}, {"axcdefg", "abcdefg", "abcdefg"},
        {"abcdeg", "abcdefg", "abcdefg"}, {"abcdefgh", "abcdefg", "abcdefg"}, {"xbcdefg", "abcdefg", "abcdefg"}, {"abcdefx", "abcdefg", "abcdefg"},
        {"bcdefg", "abcdefg", "abcdefg"}, {"ab", "cd", NULL},   {"abc", "abd", "abd"},  {"abc", "axx", NULL},         {"abcd", "abxx", "abxx"},
        {"abcd", "axxx", NULL},     {"a", "b", NULL},         {"abcdefg", "xxxdefg", "xxxdefg"}, {"abcdefg", "xxxxefg", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const list[] = {cases[i].word, NULL};
        const char *found = gp_nearest_word(cases[i].text, list);
        ck_assert_msg(cases[i].nearest ? found && strcmp(found, cases[i].nearest) == 0 : found == NULL, "%s: %s", cases[i].text,
                      found ? found : "nothing");
    }
    static const char *const two[] = {"abxx", "abcx", "abyx", NULL};
    ck_assert_str_eq(gp_nearest_word("abcd", two), "abcx"); /* the nearest */
    static const char *const equals[] = {"abcx", "abcy", NULL};
    ck_assert_str_eq(gp_nearest_word("abcd", equals), "abcx"); /* among equals the first */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("registry, the table");
    TCase *tests = tcase_create("table");
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, the_table_is_the_manuals);
    tcase_add_test(tests, limits_are_included_and_nothing_beyond);
    tcase_add_test(tests, what_must_be_given_is_missed);
    tcase_add_test(tests, a_call_without_its_argument_says_which);
    tcase_add_test(tests, a_slip_of_any_kind_is_guessed);
    tcase_add_test(tests, one_argument_more_is_refused);
    suite_add_tcase(suite, tests);
    TCase *networks = tcase_create("networks");
    tcase_add_test(networks, weights_follow_the_seed);
    tcase_add_test(networks, a_limit_counts_what_is_there);
    suite_add_tcase(suite, networks);
    return gp_run_suite(suite);
}
