// Every key of the files in configs/, from the lists of fields (env/config/fields.h): for help and
// for the pages configs/KIND/KEYS.md, which are made of it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "env/config/describe_fields.h"

namespace flyball {

// "boards", "scenarios", "train", "workloads": the folders of configs/.
const std::vector<std::string>& config_kinds();

// Throws std::invalid_argument naming the kinds.
std::vector<FieldText> config_keys(const std::string& kind);

// Three lines per key: its path; type, range, unit, default; what it means.
std::string help_text(const std::vector<FieldText>& fields);

// Per key its path, type, range, unit, default and meaning; what a key has not is null.
nlohmann::ordered_json keys_json(const std::vector<FieldText>& fields);

// A table in Markdown, a row per key.
std::string markdown_table(const std::vector<FieldText>& fields);

// The page KEYS.md of a kind.
std::string key_page(const std::string& kind);

}  // namespace flyball
