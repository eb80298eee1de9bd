#include "tools/preference_options.h"

#include <fmt/format.h>

#include "env/errors.h"
#include "tools/program.h"

namespace flyball {

void add_preference_options(CLI::App& command, Preference& preference) {
  command
      .add_option("--eta", preference.eta,
                  "What a policy weighs: 1 energy alone, 0 latency alone (default: as trained)")
      ->type_name("ETA")
      ->check(number_in(0.0, 1.0));
  command
      .add_option("--latency-limit", preference.latency_limit_seconds,
                  "Mean latency that a policy keeps under (default: as trained)")
      ->type_name("SECONDS")
      ->check(above_zero());
  command
      .add_option("--miss-limit", preference.miss_limit,
                  "Share of the requests that a policy lets be late (default: as trained)")
      ->type_name("SHARE")
      ->check(number_in(1e-9, 1.0));
}

PolicyFile preferred(const PolicyFile& file, const Preference& preference,
                     const std::string& name) {
  try {
    return with_preference(file, preference);
  } catch (const std::invalid_argument& error) {
    throw ConfigError(fmt::format("{}: {}", name, error.what()));
  }
}

}  // namespace flyball
