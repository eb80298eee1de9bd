// Datasets with bytes of their own flipped: whatever libhdf5 makes of them, reading ends in a
// dataset that is sound or in one error that names the file.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include "env/errors.h"
#include "replay/hdf5/dataset.h"
#include "tests/replay/hdf5/sample_dataset.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), std::ssize(bytes));
}

bool is_finite(const SpanCost& cost) {
  return std::isfinite(cost.seconds) && std::isfinite(cost.energy_joules.value()) &&
         std::isfinite(cost.in_system_seconds) && std::isfinite(cost.served) &&
         std::isfinite(cost.missed);
}

bool is_finite(const std::vector<float>& values) {
  for (const float value : values) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

bool is_finite(const Dataset& dataset) {
  for (const auto& [name, value] : dataset.info.encoding) {
    if (!std::isfinite(value)) return false;
  }
  for (const Transition& t : dataset.transitions) {
    if (!is_finite(t.observation) || !is_finite(t.next_observation) ||
        !is_finite(t.effect_observation) || !is_finite(t.before_effect) ||
        !is_finite(t.after_effect) || !std::isfinite(t.seconds) || !std::isfinite(t.weight) ||
        !std::isfinite(t.effect_seconds) || !std::isfinite(t.probability.value_or(0.0))) {
      return false;
    }
  }
  return std::isfinite(dataset.info.period_seconds) && is_finite(dataset.info.residents);
}

// What became of a file: "read", "refused", or what its reader did.
std::string outcome(const std::filesystem::path& path) {
  try {
    const Dataset dataset = read_dataset(path, {}, ChildLimits{.cpu_seconds = 1});
    CHECK(is_finite(dataset));
    return "read";
  } catch (const DataError& error) {
    const std::string what = error.what();
    CHECK(what.starts_with(path.string() + ": "));
    const auto reader = what.find("the reader ");
    return reader == std::string::npos ? "refused" : what.substr(reader);
  }
}

// One to four bytes anywhere, or in the file's text and structure at its beginning.
void flip(std::string& bytes, std::mt19937_64& random) {
  const std::size_t range =
      random() % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 12000);
  for (std::size_t count = 1 + random() % 4; count > 0; --count) {
    bytes[random() % range] = static_cast<char>(random() % 3 == 0 ? 0xff : random());
  }
}

}  // namespace

TEST_CASE("a dataset with flipped bytes is read or refused, and never harms the program") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  write_dataset(path, sample_info(), sample_transitions());
  const std::string whole = bytes_of(path);
  // FLYBALL_FLIPS asks for more of them.
  const char* wanted = std::getenv("FLYBALL_FLIPS");
  const int files = wanted != nullptr ? std::atoi(wanted) : 300;
  std::mt19937_64 random(3);
  std::map<std::string, int> outcomes;
  for (int i = 0; i < files; ++i) {
    CAPTURE(i);
    std::string bytes = whole;
    flip(bytes, random);
    write_bytes(path, bytes);
    ++outcomes[outcome(path)];
  }
  for (const auto& [what, count] : outcomes) MESSAGE(what << ": " << count);
  CHECK(outcomes["read"] > 0);
  CHECK(outcomes["refused"] > 0);
}

TEST_CASE("texts whose lengths and places are damaged end the reader alone") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  write_dataset(path, sample_info(), sample_transitions());
  const std::string whole = bytes_of(path);
  const std::size_t heap = whole.find("GCOL");  // HDF5's global heap holds texts of any length
  REQUIRE(heap != std::string::npos);
  for (std::size_t place = heap + 8; place < heap + 72; ++place) {
    CAPTURE(place - heap);
    std::string bytes = whole;
    bytes[place] = '\xff';
    write_bytes(path, bytes);
    outcome(path);  // checks what it meets
  }
}

TEST_CASE("a stop request ends the reading of a dataset") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  write_dataset(path, sample_info(), sample_transitions());
  CHECK_THROWS_WITH_AS(read_dataset(path, [] { return false; }),
                       (path.string() + ": interrupted while it was read").c_str(), Interrupted);
}

TEST_CASE("a file that claims more than its limit of memory is refused") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  write_dataset(path, sample_info(), sample_transitions(20000));
  CHECK_THROWS_AS(read_dataset(path, {}, ChildLimits{.memory_bytes = 1 << 22}), DataError);
  CHECK(read_dataset(path).transitions.size() == 20000);
}
