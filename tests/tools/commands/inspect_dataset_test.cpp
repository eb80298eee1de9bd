#include "tools/commands/inspect_dataset.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "env/errors.h"
#include "tests/replay/hdf5/sample_dataset.h"
#include "tests/support/captured_stream.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

std::string shown(const std::filesystem::path& path, InspectFormat format) {
  return captured(STDOUT_FILENO, [&] { inspect_dataset(path.string(), format); });
}

}  // namespace

TEST_CASE("a folder or what begins as HDF5 is a dataset, whatever its name") {
  const TemporaryDirectory directory;
  CHECK(is_dataset(directory.path().string()));
  const std::filesystem::path file = directory.path() / "any.name";
  write_dataset(directory.path() / "d.hdf5", sample_info(), sample_transitions());
  std::filesystem::rename(directory.path() / "d.hdf5", file);
  CHECK(is_dataset(file.string()));
  std::ofstream(directory.path() / "text.hdf5") << "HDF5 it is not";
  CHECK_FALSE(is_dataset((directory.path() / "text.hdf5").string()));
  CHECK_FALSE(is_dataset((directory.path() / "absent").string()));
}

TEST_CASE("programs get a dataset's form, costs, deciders and origin") {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory.path() / "d.hdf5";
  const std::vector<Transition> transitions = sample_transitions();
  write_dataset(path, sample_info(), transitions);
  const auto json = nlohmann::json::parse(shown(path, InspectFormat::kJson));
  SpanCost total;
  for (const Transition& t : transitions) total += t.cost();
  CHECK(json["dataset"] == path.string());
  CHECK(json["id"] == "nano-4gb/sample-v0");
  CHECK(json["transitions"] == 60);
  CHECK(json["episodes"] == 3);
  CHECK(json["terminated"] == 1);
  CHECK(json["observation_size"] == 3);
  CHECK(json["joint_actions"] == 12);
  CHECK(json["settings_seen"] == 12);
  CHECK(json["credit"] == "whole_batches");
  CHECK(json["decided_by"] == nlohmann::json({{"random", 20}, {"residents", 40}}));
  CHECK(json["energy_joules"].get<double>() == doctest::Approx(*total.energy_joules));
  CHECK(json["served"].get<double>() == total.served);
  CHECK(json["sources"] == nlohmann::json({"a.csv", "b.csv"}));
  CHECK(json["simulated"] == true);
}

TEST_CASE("people are told the same in lines") {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory.path() / "d.hdf5";
  write_dataset(path, sample_info(), sample_transitions());
  const std::string text = shown(path, InspectFormat::kText);
  CHECK(text.starts_with(path.string() +
                         ": dataset nano-4gb/sample-v0, 60 transitions in 3 episodes"));
  for (const char* part :
       {"actions      12 of 12 joint ones occur\n",
        "a decision every 4 s, credit per whole batches", "  batch      4 levels, 1 .. 8\n",
        "observation  a, b, c\n", "decided by   random 20 residents 40\n",
        "residents    8.333 J and 1.167 s per request", " (simulated)\n"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("what is no dataset is refused by name and nothing is shown") {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory.path() / "d.hdf5";
  std::ofstream(path) << "nothing";
  const std::string text = captured(STDOUT_FILENO, [&] {
    CHECK_THROWS_AS(inspect_dataset(path.string(), InspectFormat::kText), DataError);
  });
  CHECK(text.empty());
}
