#include "tools/daemon/canary_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "env/jetson/board_lock.h"
#include "policies/trusted_file.h"

namespace flyball {

namespace {

constexpr const char* kHead = "flyball canary 1";
constexpr std::size_t kMostBytes = 8'000'000;
constexpr std::size_t kMostPairs = 100'000;
constexpr int kCauses = 6;

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

std::string line_of(const char* name, const CanarySlice& slice) {
  return fmt::format("{} {} {} {} {} {} {} {} {:d} {:d}\n", name, slice.cost.seconds,
                     slice.cost.energy_joules.value_or(0.0), slice.cost.in_system_seconds,
                     slice.cost.served, slice.cost.missed, slice.cpu_load, slice.gpu_load,
                     slice.has_load, slice.has_requests);
}

// The words of a file, each asked for by what it is.
class Words {
 public:
  explicit Words(const std::string& text) : in_(text) {}

  std::string line() {
    std::string text;
    if (!std::getline(in_, text)) throw std::runtime_error("it ends too early");
    return text;
  }
  // Of a line "NAME A B ...".
  void begin(const char* name) {
    line_ = std::istringstream(line());
    std::string word;
    if (!(line_ >> word) || word != name) {
      throw std::runtime_error(fmt::format("\"{}\" expected", name));
    }
  }
  template <typename Number>
  Number number(Number low, Number high) {
    Number value{};
    if (!(line_ >> value) || !(value >= low && value <= high)) {
      throw std::runtime_error("a number is missing or out of its range");
    }
    return value;
  }
  void next_line() { line_ = std::istringstream(line()); }

 private:
  std::istringstream in_;
  std::istringstream line_;
};

constexpr double kMost = 1e15;

CanarySlice slice_in(Words& words, const char* name) {
  words.begin(name);
  const auto figure = [&] { return words.number(0.0, kMost); };
  CanarySlice slice;
  slice.cost.seconds = figure();
  slice.cost.energy_joules = figure();
  slice.cost.in_system_seconds = figure();
  slice.cost.served = figure();
  slice.cost.missed = figure();
  slice.cpu_load = figure();
  slice.gpu_load = figure();
  slice.has_load = words.number(0, 1) == 1;
  slice.has_requests = words.number(0, 1) == 1;
  return slice;
}

void read_alarm(Words& words, const char* name, std::array<double, ChangeAlarm::kBets>& alarm) {
  words.begin(name);
  for (double& capital : alarm) capital = words.number(0.0, kMost);
}

}  // namespace

std::vector<std::filesystem::path> canary_paths(const std::filesystem::path& root,
                                                const std::filesystem::path& state_directory) {
  if (!state_directory.empty()) return {state_directory / "canary"};
  return {root / "var/lib/flyball/canary", root / "run/flyball/canary"};
}

std::string to_text(const CanaryMemory& memory, const std::string& key) {
  std::string text = fmt::format("{}\nkey {}\n", kHead, key);
  text += fmt::format("verdict {:d}\ncause {:d}\n", static_cast<int>(memory.verdict),
                      static_cast<int>(memory.cause));
  text += fmt::format("counts {} {} {}\n", memory.watched, memory.left_out, memory.by_power);
  text += line_of("stock", memory.stock) + line_of("learned", memory.learned);
  text += fmt::format("energy_alarm {}\n", fmt::join(memory.energy_alarm, " "));
  text += fmt::format("harm_alarm {}\n", fmt::join(memory.harm_alarm, " "));
  text += fmt::format("pairs {}\n", memory.pairs.size());
  for (const CanaryPair& pair : memory.pairs) {
    text += fmt::format("{} {}\n", pair.energy, pair.harm);
  }
  return text + "end\n";
}

std::optional<CanaryMemory> canary_memory(const std::string& text, const std::string& key) {
  Words words(text);
  if (words.line() != kHead) throw std::runtime_error("it is none of flyball's");
  if (words.line() != "key " + key) return std::nullopt;
  CanaryMemory memory;
  words.begin("verdict");
  memory.verdict = static_cast<CanaryVerdict>(words.number(0, 2));
  words.begin("cause");
  memory.cause = static_cast<CanaryCause>(words.number(0, kCauses - 1));
  words.begin("counts");
  constexpr std::uint64_t kMostCount = 1'000'000'000'000;
  for (std::uint64_t* count : {&memory.watched, &memory.left_out, &memory.by_power}) {
    *count = words.number(std::uint64_t{0}, kMostCount);
  }
  memory.stock = slice_in(words, "stock");
  memory.learned = slice_in(words, "learned");
  read_alarm(words, "energy_alarm", memory.energy_alarm);
  read_alarm(words, "harm_alarm", memory.harm_alarm);
  words.begin("pairs");
  memory.pairs.resize(words.number(std::size_t{0}, kMostPairs));
  for (CanaryPair& pair : memory.pairs) {
    words.next_line();
    pair.energy = words.number(-kMost, kMost);
    pair.harm = words.number(-kMost, kMost);
  }
  if (words.line() != "end") throw std::runtime_error("it does not end where it should");
  return memory;
}

CanaryFile::CanaryFile(const std::filesystem::path& path) : path_(path) {
  make_state_directory(path.parent_path());
  const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  file_ = Descriptor(open(path.c_str(), flags, 0644));
  if (!file_.is_open()) fail(path);
  static_cast<void>(read_file(path, kMostBytes, FileTrust::kOwned));  // a regular one, and trusted
}

std::optional<CanaryMemory> CanaryFile::read(const std::string& key) const {
  const std::string text = read_file(path_, kMostBytes, FileTrust::kOwned);
  return text.empty() ? std::nullopt : canary_memory(text, key);
}

void CanaryFile::write(const std::string& key, const CanaryMemory& memory) {
  const std::string text = to_text(memory, key);
  const ssize_t written = pwrite(file_.get(), text.data(), text.size(), 0);
  if (written < 0) fail(path_);
  if (written != static_cast<ssize_t>(text.size())) {
    throw std::system_error(ENOSPC, std::generic_category(), path_.string());
  }
  if (ftruncate(file_.get(), written) != 0) fail(path_);
}

}  // namespace flyball
