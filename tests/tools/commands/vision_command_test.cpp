// flyball vision as a user would run it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/agent/vision/idx_folder.h"
#include "tests/support/program_run.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

TEST_CASE("vision trains a network on a folder of images and evaluates it") {
  const TemporaryDirectory folder;
  const std::string data = folder.path().string();
  const std::string network = data + "/net.safetensors";
  write_idx_folder(folder.path(), ImagePart::kTrain, squares(128, 1));
  write_idx_folder(folder.path(), ImagePart::kTest, squares(40, 2));
  const Outcome trained = flyball_stdout(fmt::format(
      "vision train --data {} --channels 8 --epochs 2 --batch 32 --json -o {}", data, network));
  REQUIRE(trained.exit_code == 0);
  CHECK(nlohmann::json::parse(trained.output)["steps"] == 8);
  const Outcome evaluated =
      flyball_stdout(fmt::format("vision evaluate {} --data {} --json", network, data));
  REQUIRE(evaluated.exit_code == 0);
  const auto figures = nlohmann::json::parse(evaluated.output);
  CHECK(figures["images"] == 40);
  CHECK(figures["shares"].size() == 11);
  CHECK(figures["shares"][5]["by_lambda"].size() == 11);
  const Outcome text = flyball_stdout(fmt::format("vision evaluate {} --data {}", network, data));
  CHECK(text.output.find("importance that the first channels hold") != std::string::npos);
}

TEST_CASE("vision says what is missing: the folder, the network, the output") {
  const Outcome folder =
      flyball_stderr("vision train --data /nowhere -o /tmp/unwritten.safetensors");
  CHECK(folder.exit_code == 3);
  CHECK(folder.output.find("dataset-fashion-mnist") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists("/tmp/unwritten.safetensors"));
  CHECK(flyball_stderr("vision train").exit_code == 2);
  CHECK(flyball_stderr("vision evaluate").exit_code == 2);
  CHECK(flyball_stderr("vision evaluate /nowhere.safetensors").exit_code == 3);
  CHECK(flyball_stderr("vision evaluate " FLYBALL_SOURCE_DIR "/README.md").exit_code == 3);
  CHECK(flyball_stderr("vision train --channels 30 -o /tmp/n.safetensors").exit_code == 2);
}
