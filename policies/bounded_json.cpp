#include "policies/bounded_json.h"

#include <fmt/format.h>

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/excerpt.h"
#include "policies/trusted_file.h"

namespace flyball {

namespace {

using nlohmann::json;

constexpr std::size_t kMessageBytes = 200;

// Walks the text without building anything; `problem` is what ended the walk.
class StructureCheck final : public nlohmann::json_sax<json> {
 public:
  std::string problem;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return leave(); }

  bool key(string_t& name) override {
    if (keys_.back().insert(name).second) return true;
    problem = fmt::format("key '{}' appears twice", excerpt(name));
    return false;
  }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::json::exception& error) override {
    problem = fmt::format("not valid JSON ({})", excerpt(error.what(), kMessageBytes));
    return false;
  }

 private:
  bool enter() {
    keys_.emplace_back();
    if (keys_.size() <= kMaxJsonDepth) return true;
    problem = fmt::format("nested deeper than {} levels, the most allowed", kMaxJsonDepth);
    return false;
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> keys_;  // of the objects around the place; none in arrays
};

}  // namespace

json parse_json(std::string_view text) {
  StructureCheck check;
  if (!json::sax_parse(text, &check)) throw std::invalid_argument(check.problem);
  return json::parse(text);
}

json read_json(const std::filesystem::path& path) {
  const std::string text = read_file(path, kMaxJsonFileBytes, FileTrust::kAny);
  try {
    return parse_json(text);
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(fmt::format("{}: {}", path.string(), error.what()));
  }
}

}  // namespace flyball
