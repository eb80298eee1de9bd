#include "env/fitting/logged_first_uses.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>

#include "env/statistics.h"

namespace flyball {

namespace {

constexpr std::size_t kFewestServices = 20;
constexpr double kBusy = 0.3;          // of a row's time, at least, within a spell
constexpr double kLeastSeconds = 1.0;  // a spell's
// Chosen on LoudVA's stock run 0, where such spells are 12 to 14 times what nearly all others take
// and the next longest is 2.5 times.
constexpr double kFarLonger = 5.0;
constexpr double kNearlyAll = 0.95;

// The rows after one in which something was served, up to the next such row.
struct Service {
  std::size_t first = 0;
  std::size_t last = 0;
  double cycles = 0.0;
  double requests = 0.0;

  double cycles_each() const { return cycles / requests; }
};

double busy_seconds(std::span<const LogSample> samples, std::size_t row) {
  return *samples[row].gpu_busy_seconds - *samples[row - 1].gpu_busy_seconds;
}

double row_seconds(std::span<const LogSample> samples, std::size_t row) {
  return samples[row].time_seconds - samples[row - 1].time_seconds;
}

std::vector<Service> services_of(std::span<const LogSample> samples) {
  std::vector<Service> services;
  Service service;
  service.first = 1;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    service.cycles += busy_seconds(samples, i) * samples[i].gpu_hz.value_or(0.0);
    if (samples[i].served <= samples[i - 1].served) continue;
    service.requests = static_cast<double>(samples[i].served - samples[i - 1].served);
    service.last = i;
    services.push_back(service);
    service = {};
    service.first = i + 1;
  }
  return services;
}

// The longest run of busy rows; absent where that is short.
std::optional<Occupation> busy_spell(std::span<const LogSample> samples, const Service& service) {
  Occupation longest;
  for (std::size_t i = service.first; i <= service.last; ++i) {
    Occupation spell;
    spell.time_seconds = samples[i - 1].time_seconds - samples.front().time_seconds;
    double joules = 0.0;
    for (; i <= service.last; ++i) {
      const double seconds = row_seconds(samples, i);
      if (busy_seconds(samples, i) < kBusy * seconds || !samples[i].watts) break;
      spell.seconds += seconds;
      joules += seconds * *samples[i].watts;
    }
    if (spell.seconds > longest.seconds) {
      longest = spell;
      longest.watts = joules / spell.seconds;
    }
  }
  if (longest.seconds < kLeastSeconds) return std::nullopt;
  return longest;
}

}  // namespace

std::vector<Occupation> logged_first_uses(std::span<const LogSample> samples) {
  const bool shown = !samples.empty() &&
                     std::all_of(samples.begin(), samples.end(),
                                 [](const LogSample& sample) { return sample.gpu_busy_seconds; });
  if (!shown) return {};
  const std::vector<Service> services = services_of(samples);
  if (services.size() < kFewestServices) return {};
  std::vector<double> cycles;
  std::vector<double> cycles_each;
  for (const Service& service : services) {
    cycles.push_back(service.cycles);
    if (service.cycles > 0.0) cycles_each.push_back(service.cycles_each());
  }
  if (cycles_each.empty()) return {};
  const double usual = interpolated_quantile(cycles, kNearlyAll);
  const double usual_each = interpolated_quantile(cycles_each, 0.5);
  std::vector<Occupation> found;
  for (const Service& service : services) {
    if (service.cycles <= kFarLonger * usual || service.cycles_each() < usual_each) continue;
    if (const auto spell = busy_spell(samples, service)) found.push_back(*spell);
  }
  return found;
}

double joules_of(std::span<const Occupation> occupations) {
  double sum = 0.0;
  for (const Occupation& occupation : occupations) sum += occupation.seconds * occupation.watts;
  return sum;
}

std::vector<ServedRange> tuned_for(std::span<const LogSample> samples,
                                   std::span<const Occupation> first_uses) {
  std::vector<ServedRange> ranges;
  for (const Occupation& spell : first_uses) {
    const double begin = samples.front().time_seconds + spell.time_seconds;
    const auto after = [&](double time) {
      const auto found = std::find_if(samples.begin(), samples.end(), [&](const LogSample& sample) {
        return sample.time_seconds > time;
      });
      return found == samples.end() ? std::prev(found) : found;
    };
    const LogSample& last = *after(begin + spell.seconds);
    const std::uint64_t before = after(begin)->served;  // nothing is served within the spell
    ranges.push_back(
        {before - samples.front().served, last.served + last.in_system - samples.front().served});
  }
  return ranges;
}

void mark_tuned(std::span<const ServedRange> ranges, std::span<LogSample> samples) {
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const std::uint64_t begin = samples[i - 1].served - samples.front().served;
    const std::uint64_t end = samples[i].served - samples.front().served;
    samples[i].tuned_meanwhile = std::any_of(
        ranges.begin(), ranges.end(),
        [&](const ServedRange& range) { return begin < range.end && end > range.begin; });
  }
}

}  // namespace flyball
