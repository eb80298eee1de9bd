// A suite of scenarios, configs/suites/NAME.toml: what `flyball evaluate --suite` runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "env/config/fields.h"

namespace flyball {

struct Suite {
  std::string id;  // the file's name without ".toml"
  std::string title;
  std::optional<std::string> measurements;  // "loudva": its scenarios are runs of that set
  std::vector<std::string> governors;       // as --governors has them, "searches" and "learned" too
  std::vector<std::string> scenarios;       // as --scenario has them
};
template <typename Visitor, FieldsOf<Suite> Config>
void visit(Visitor& field, Config& suite) {
  field({"title", "", {}, "one line", Need::kRequired}, suite.title);
  field({"measurements",
         "",
         {},
         "\"loudva\": the scenarios are runs of these measurements, which --data names; absent: "
         "they are scenarios"},
        suite.measurements);
  field({"governors",
         "",
         {},
         "as --governors has them; \"searches\": each search as a governor; \"learned\": a policy "
         "that the scenario's recipe trains",
         Need::kRequired},
        suite.governors);
  field({"scenarios", "", {}, "as --scenario has them, with --set where needed", Need::kRequired},
        suite.scenarios);
}

// By id or path. Throws ConfigError saying where and what is wrong.
Suite load_suite(const std::string& id_or_path);

}  // namespace flyball
