#include "tools/search/search_journal.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "env/errors.h"

namespace flyball {

namespace {

using Json = nlohmann::ordered_json;

Json header_of(const SearchSpace& space, const std::string& what) {
  Json header;
  header["flyball_search"] = 1;
  header["what"] = what;
  for (const Knob& knob : space.knobs()) header["knobs"][knob.name] = knob.levels;
  return header;
}

}  // namespace

SearchJournal::SearchJournal(std::filesystem::path path, const SearchSpace& space,
                             const std::string& what)
    : space_(space), journal_(path, "search", header_of(space, what)) {
  for (const std::string& line : journal_.lines()) {
    samples_.push_back(parse(line, fmt::format("{}:{}", path.string(), samples_.size() + 2)));
  }
}

SearchSample SearchJournal::parse(const std::string& line, const std::string& where) const {
  const Json found = Json::parse(line, nullptr, false);
  const auto positive = [&](const char* key) {
    return found.contains(key) && found[key].is_number() && found[key].get<double>() > 0.0;
  };
  std::vector<Level> levels;
  const bool is_whole = found.is_object() && found.contains("levels") &&
                        found["levels"].is_array() && positive("seconds") && positive("joules") &&
                        positive("error") && found["levels"].size() == space_.knob_count();
  if (is_whole) {
    for (const Json& level : found["levels"]) {
      if (level.is_number_unsigned() && level.get<std::uint64_t>() < 65536) {
        levels.push_back(level.get<Level>());
      }
    }
  }
  const std::optional<std::size_t> candidate =
      levels.size() == space_.knob_count() ? space_.candidate_of(levels) : std::nullopt;
  if (!candidate) {
    throw DataError(fmt::format("{}: is no sample of this search", where));
  }
  return {*candidate, found["seconds"].get<double>(), found["joules"].get<double>(),
          found["error"].get<double>()};
}

void SearchJournal::add(const SearchSample& sample) {
  Json line;
  line["levels"] = space_.levels_of(sample.candidate);
  line["seconds"] = sample.seconds;
  line["joules"] = sample.joules;
  line["error"] = sample.error;
  journal_.add(line.dump());
}

}  // namespace flyball
