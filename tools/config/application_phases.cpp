#include "tools/config/application_phases.h"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "env/errors.h"
#include "env/nearest_name.h"
#include "tools/config/positive.h"

namespace flyball {

namespace {

void read_factor(const TomlTable& table, std::string_view key, double& factor) {
  factor *= optional_positive(table, key).value_or(1.0);
}

void multiply(const TomlTable& table, WorkFactors& factors) {
  read_factor(table, "load", factors.load);
  read_factor(table, "host", factors.host);
  read_factor(table, "prepare", factors.prepare);
  read_factor(table, "launch", factors.launch);
  read_factor(table, "gpu", factors.gpu);
  read_factor(table, "memory", factors.memory);
}

// Says what the validators say ("load.host.cpu = 2: ...") where the table stands.
template <typename T>
void validate_at(const TomlTable& parent, const T& value) {
  try {
    validate(value);
  } catch (const std::invalid_argument& error) {
    parent.fail(error);
  }
}

void read_activity(const TomlTable& table, std::string_view key, Activity& activity) {
  if (const std::optional<TomlTable> entry = table.optional_table(key)) {
    entry->read("cpu", activity.cpu);
    entry->read("gpu", activity.gpu);
    entry->read("emc", activity.emc);
  }
}

// Whole numbers from 1.
std::vector<std::size_t> read_sizes(const TomlTable& table, std::string_view key) {
  std::vector<std::size_t> sizes;
  for (const int size : table.optional<std::vector<int>>(key).value_or(std::vector<int>{})) {
    if (size < 1) table.fail(key, "must be whole numbers from 1");
    sizes.push_back(static_cast<std::size_t>(size));
  }
  return sizes;
}

}  // namespace

WorkFactors read_variants(const TomlTable& file, std::span<const std::string> names) {
  WorkFactors factors;
  const std::optional<TomlTable> variants = file.optional_table("variants");
  const std::vector<std::string> known = variants ? variants->keys() : std::vector<std::string>{};
  WorkFactors unused;  // those that nobody names are checked all the same
  for (const std::string& name : known) multiply(variants->table(name), unused);
  for (const std::string& name : names) {
    if (!variants || !variants->contains(name)) {
      throw ConfigError(fmt::format("{}: variants: no variant \"{}\" (there are: {})",
                                    file.file().string(), name,
                                    known.empty() ? "none" : join_names(known)));
    }
    multiply(variants->table(name), factors);
  }
  return factors;
}

std::optional<LoadWork> read_load(const TomlTable& parent, double factor) {
  const std::optional<TomlTable> table = parent.optional_table("load");
  if (!table) return std::nullopt;
  LoadWork load;
  table->read("storage_seconds", load.storage_seconds);
  table->read("storage_cpu", load.storage_cpu);
  table->read("cpu_cycles", load.cpu_cycles);
  table->read("gpu_cycles", load.gpu_cycles);
  table->read("memory_cycles", load.memory_cycles);
  read_activity(*table, "host", load.host);
  read_activity(*table, "accelerator", load.accelerator);
  load.watts = table->optional<double>("watts");
  load.factor = factor;
  validate_at(parent, load);
  return load;
}

std::optional<FirstUse> read_first_use(const TomlTable& parent) {
  const std::optional<TomlTable> table = parent.optional_table("first_use");
  if (!table) return std::nullopt;
  FirstUse first_use;
  first_use.seconds = table->required<double>("seconds");
  table->read("seconds_per_request", first_use.seconds_per_request);
  first_use.watts = table->optional<double>("watts");
  read_activity(*table, "activity", first_use.activity);
  if (table->contains("buckets")) {
    const std::string buckets = table->choice("buckets", {"exact", "power_of_two", "listed"});
    if (buckets == "power_of_two") first_use.buckets = BatchBuckets::kPowerOfTwo;
    if (buckets == "listed") first_use.buckets = BatchBuckets::kListed;
  }
  first_use.sizes = read_sizes(*table, "sizes");
  first_use.known = read_sizes(*table, "known");
  if (!first_use.sizes.empty() && first_use.buckets != BatchBuckets::kListed) {
    table->fail("sizes", "needs buckets = \"listed\"");
  }
  validate_at(parent, first_use);
  return first_use;
}

}  // namespace flyball
