#include "tools/daemon/canary_file.h"

#include <fmt/format.h>

#include <stdexcept>

#include "tools/daemon/state_file.h"

namespace flyball {

namespace {

constexpr const char* kHead = "flyball canary 1";
constexpr std::size_t kMostPairs = 100'000;
constexpr int kCauses = 6;

std::string line_of(const char* name, const CanarySlice& slice) {
  return fmt::format("{} {} {} {} {} {} {} {} {:d} {:d}\n", name, slice.cost.seconds,
                     slice.cost.energy_joules.value_or(0.0), slice.cost.in_system_seconds,
                     slice.cost.served, slice.cost.missed, slice.cpu_load, slice.gpu_load,
                     slice.has_load, slice.has_requests);
}

constexpr double kMost = 1e15;

CanarySlice slice_in(StateWords& words, const char* name) {
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

void read_alarm(StateWords& words, const char* name,
                std::array<double, ChangeAlarm::kBets>& alarm) {
  words.begin(name);
  for (double& capital : alarm) capital = words.number(0.0, kMost);
}

}  // namespace

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
  StateWords words(text);
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

}  // namespace flyball
