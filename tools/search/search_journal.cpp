#include "tools/search/search_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "env/errors.h"
#include "env/text_file.h"

namespace flyball {

namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

std::string header_of(const SearchSpace& space, const std::string& what) {
  Json header;
  header["flyball_search"] = 1;
  header["what"] = what;
  for (const Knob& knob : space.knobs()) header["knobs"][knob.name] = knob.levels;
  return header.dump();
}

}  // namespace

SearchJournal::SearchJournal(std::filesystem::path path, const SearchSpace& space,
                             const std::string& what)
    : path_(std::move(path)), space_(space) {
  if (path_.empty()) return;
  const std::string header = header_of(space, what);
  const bool is_there = std::filesystem::exists(path_) && std::filesystem::file_size(path_) > 0;
  const std::size_t good = is_there ? read(header) : 0;
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(path_);
  if (is_there && ::ftruncate(descriptor_, static_cast<off_t>(good)) != 0) fail(path_);
  if (good == 0) write(header);
}

SearchJournal::~SearchJournal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// How many bytes of the file are whole lines.
std::size_t SearchJournal::read(const std::string& header) {
  const std::string text = read_text_file(path_);
  std::size_t begin = 0;
  std::size_t number = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (number > 1) {
      samples_.push_back(parse(line, number));
      continue;
    }
    const Json found = Json::parse(line, nullptr, false);
    if (!found.is_object() || !found.contains("flyball_search")) {
      throw DataError(fmt::format("{}:1: is no journal of a search", path_.string()));
    }
    if (line == header) continue;
    throw DataError(fmt::format(
        "{}:1: is the journal of another search ({}): give another file, or the same options",
        path_.string(), found.value("what", "")));
  }
  if (number == 0 && !text.starts_with("{\"flyball_search\"")) {
    throw DataError(fmt::format("{}:1: is no journal of a search", path_.string()));
  }
  return begin;
}

SearchSample SearchJournal::parse(const std::string& line, std::size_t number) const {
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
    throw DataError(fmt::format("{}:{}: is no sample of this search", path_.string(), number));
  }
  return {*candidate, found["seconds"].get<double>(), found["joules"].get<double>(),
          found["error"].get<double>()};
}

void SearchJournal::add(const SearchSample& sample) {
  if (descriptor_ < 0) return;
  Json line;
  line["levels"] = space_.levels_of(sample.candidate);
  line["seconds"] = sample.seconds;
  line["joules"] = sample.joules;
  line["error"] = sample.error;
  write(line.dump());
}

void SearchJournal::write(const std::string& line) {
  const std::string bytes = line + "\n";
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t now = ::write(descriptor_, bytes.data() + written, bytes.size() - written);
    if (now < 0 && errno != EINTR) fail(path_);
    if (now > 0) written += static_cast<std::size_t>(now);
  }
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail(path_);
}

}  // namespace flyball
