#include "tools/config/suite.h"

#include "tools/config/config_directory.h"
#include "tools/config/read_fields.h"
#include "tools/toml_reader.h"

namespace flyball {

Suite load_suite(const std::string& id_or_path) {
  const std::filesystem::path path = find_config("suites", id_or_path);
  const TomlTable file = TomlTable::parse_file(path);
  Suite suite;
  suite.id = path.stem().string();
  read_fields(file, suite);
  if (suite.scenarios.empty()) file.fail("scenarios", "must name a scenario");
  if (suite.governors.empty()) file.fail("governors", "must name a governor");
  if (suite.measurements && *suite.measurements != "loudva") {
    file.fail("measurements", "is none that is known (allowed: loudva)");
  }
  file.reject_unknown();
  return suite;
}

}  // namespace flyball
