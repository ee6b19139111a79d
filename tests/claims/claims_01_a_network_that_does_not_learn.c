/* What chapter 1 says of the book itself, checked on what the reader of the chapters found (build/facts.json). */
#include "support.h"
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

static json_t *facts;

static void read_facts(void)
{
    json_error_t error;
    facts = json_load_file("build/facts.json", 0, &error);
    ck_assert_msg(facts != NULL, "build/facts.json: line %d: %s", error.line, error.text);
}

static void free_facts(void)
{
    json_decref(facts);
}

static const char *text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    ck_assert_msg(s != NULL, "facts: no %s", key);
    return s;
}

/* The chapter that explains a header of the library, or NULL. */
static const char *home(const char *header)
{
    size_t i;
    json_t *file;
    char path[256];
    snprintf(path, sizeof path, "tangled/lib/%s", header);
    json_array_foreach(json_object_get(facts, "files"), i, file)
        if (strcmp(text(file, "path"), path) == 0)
            return text(file, "chapter");
    return NULL;
}

static bool lists(const char *chapter, const char *header)
{
    size_t i, k;
    json_t *file, *include;
    json_array_foreach(json_object_get(facts, "files"), i, file)
        if (strcmp(text(file, "chapter"), chapter) == 0)
            json_array_foreach(json_object_get(file, "includes"), k, include)
                if (strcmp(json_string_value(include), header) == 0)
                    return true;
    return false;
}

START_TEST(claim_parts_one_and_two_use_listed_headers)
{
    const char *first = text(json_array_get(json_object_get(facts, "chapters"), 0), "name"), *third = NULL;
    size_t i, k, checked = 0;
    json_t *part, *file, *include;
    json_array_foreach(json_object_get(facts, "parts"), i, part)
        if (strcmp(text(part, "number"), "III") == 0)
            third = text(part, "chapter");
    ck_assert_ptr_nonnull(third);
    json_array_foreach(json_object_get(facts, "files"), i, file) {
        const char *chapter = text(file, "chapter");
        if (strcmp(chapter, third) >= 0 || strcmp(chapter, first) == 0 || strcmp(text(file, "kind"), "exercise") == 0)
            continue;
        json_array_foreach(json_object_get(file, "includes"), k, include) {
            const char *header = json_string_value(include), *where = home(header);
            if (where == NULL || strncmp(header, "private/", 8) == 0)
                continue;
            checked++;
            ck_assert_msg(strcmp(where, chapter) <= 0 || lists(first, header), "%s (chapter %s) includes %s of chapter %s", text(file, "path"), chapter,
                          header, where);
        }
    }
    ck_assert_uint_gt(checked, 50);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("claims of chapter 1");
    TCase *t = tcase_create("claims");
    suite_add_tcase(s, t);
    tcase_add_checked_fixture(t, read_facts, free_facts);
    tcase_add_test(t, claim_parts_one_and_two_use_listed_headers);
    return gp_run_suite(s);
}
