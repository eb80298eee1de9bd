// A field is a member and one line of visit(): it is then read, set, checked, written and described
// everywhere.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "env/config/fields_json.h"
#include "replay/hdf5/dataset_fields.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/read_fields.h"
#include "tools/training/config_keys.h"

namespace flyball {

namespace {

struct Sample {
  std::string name = "s";
  double added_watts = 2.5;
};
template <typename Visitor, FieldsOf<Sample> Config>
void visit(Visitor& field, Config& sample) {
  field({"name", "", {}, "who it is"}, sample.name);
  field({"added_watts", "W", within(0, 10), "what was added"}, sample.added_watts);
}

Sample read(const std::string& text, const std::vector<std::string>& assignments = {}) {
  const TomlTable file = TomlTable::parse_text(text, "s.toml", assignments);
  const auto sample = read_fields<Sample>(file);
  file.reject_unknown();
  return sample;
}

}  // namespace

}  // namespace flyball

using namespace flyball;

TEST_CASE("a new field is read from TOML and set by --set") {
  CHECK(read("").added_watts == 2.5);
  CHECK(read("added_watts = 3\n").added_watts == 3.0);
  CHECK(read("added_watts = 3\n", {"added_watts=4"}).added_watts == 4.0);
  CHECK(error_text([] { read("added_wats = 3\n"); }) ==
        "s.toml:1:1: added_wats: unknown key; did you mean \"added_watts\"?");
}

TEST_CASE("a new field is held against its range, wherever it comes from") {
  CHECK(error_text([] { read("added_watts = 11\n"); }) ==
        "s.toml:1:15: added_watts = 11: must be in [0, 10]");
  CHECK(error_text([] { read("", {"added_watts=11"}); }) ==
        "--set added_watts=11: added_watts = 11: must be in [0, 10]");
  CHECK(error_text([] {
          check_fields(Sample{"s", -1.0}, "sample");
        }) == "sample.added_watts = -1: must be in [0, 10]");
}

TEST_CASE(
    "a new field is in the resolved configuration and in a policy's metadata, and comes back") {
  const Sample sample{"s", 3.5};
  const auto json = fields_to_json<nlohmann::ordered_json>(sample);
  CHECK(json.at("added_watts") == 3.5);
  CHECK(fields_from_json<Sample>(json, "sample").added_watts == 3.5);
  CHECK(fields_from_json<Sample>(nlohmann::json::object(), "sample").added_watts == 2.5);
}

TEST_CASE("a new field is in a dataset's metadata, and comes back") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "sample.hdf5";
  {
    Hdf5Group root = Hdf5Group::create_file(path);
    FieldsToAttributes fields(root, "sample_");
    const Sample sample{"s", 3.5};
    visit(fields, sample);
  }
  const Hdf5Group root = Hdf5Group::open_file(path);
  CHECK(root.attribute<double>("sample_added_watts") == std::vector<double>{3.5});
  FieldsFromAttributes fields(root, "sample_");
  Sample read;
  visit(fields, read);
  CHECK(read.added_watts == 3.5);
}

TEST_CASE("a new field is in the help and in the table of keys") {
  const auto fields = describe_fields<Sample>();
  CHECK(help_text(fields).ends_with(
      "added_watts\n    number in [0, 10], W, default 2.5\n    what was added\n"));
  CHECK(markdown_table(fields).ends_with(
      "| `added_watts` | number in [0, 10], W, default 2.5 | what was added |\n"));
}
