// `flyball inspect` as a user meets it.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "policies/policy_file.h"
#include "tests/policies/sample_policy.h"
#include "tests/policies/temporary_directory.h"
#include "tests/tools/daemon/child_process.h"

using namespace flyball;

namespace {

struct Outcome {
  int exit_code = 0;
  std::string output;
};

Outcome run(const std::string& command, const std::vector<std::string>& arguments) {
  const TemporaryDirectory directory;
  std::vector<std::string> all = {FLYBALL_BINARY_DIR "/flyball", command};
  all.insert(all.end(), arguments.begin(), arguments.end());
  Outcome outcome;
  outcome.exit_code = ChildProcess(all, directory.path() / "output").wait();
  std::ifstream in(directory.path() / "output");
  std::ostringstream text;
  text << in.rdbuf();
  outcome.output = text.str();
  return outcome;
}

Outcome inspect(const std::vector<std::string>& arguments) { return run("inspect", arguments); }

}  // namespace

TEST_CASE("inspect shows what a policy turns, its objective, support, layers and choices") {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "p.flyball").string();
  save_policy(path, sample_policy());
  const Outcome text = inspect({path});
  CHECK(text.exit_code == 0);
  for (const char* part :
       {"a policy for test-board", "checksum crc32:", "4 levels, 100 MHz .. 800 MHz",
        "latency <= 1.4 s (margin 0.99)", "12 of 12 joint actions", "9 -> 16 -> 6 -> 12", "seed 7",
        "a.csv", "busy, highest levels"}) {
    CAPTURE(part);
    CHECK(text.output.find(part) != std::string::npos);
  }
  const nlohmann::json json = nlohmann::json::parse(inspect({"--json", path}).output);
  CHECK(json["checksum"] == policy_checksum(sample_policy()));
  CHECK(json["networks"]["constraint"]["layers"] == nlohmann::json({{16, 9}, {12, 16}}));
  CHECK(json["supported_actions"] == 12);
  REQUIRE(json["choices"].size() == 4);
  CHECK(json["choices"][0].contains("predicted_constraint"));
}

TEST_CASE("inspect says how the policy was trained, and costs are counted so") {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "p.flyball").string();
  PolicyFile file = sample_policy();
  file.metadata.training.reset();
  save_policy(path, file);
  CHECK(inspect({path}).output.find("trained for: not said") != std::string::npos);
  CHECK(nlohmann::json::parse(inspect({"--json", path}).output)["training"].is_null());
  file.metadata.training = PolicyTraining{SpanCredit::kPeriod, 0.5};
  save_policy(path, file);
  CHECK(inspect({path}).output.find("trained for: credit period, gamma 0.5") != std::string::npos);
  const nlohmann::json json = nlohmann::json::parse(inspect({"--json", path}).output);
  CHECK(json["training"] == nlohmann::json({{"credit", "period"}, {"gamma", 0.5}}));
  const Outcome contradicted = inspect({path, "--log", "any.csv", "--credit", "whole_batches"});
  CHECK(contradicted.exit_code == 3);
  CHECK(contradicted.output.find("trained with credit period, which --credit whole_batches "
                                 "contradicts") != std::string::npos);
}

TEST_CASE("inspect refuses a damaged file with exit code 3 and the reason") {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "p.flyball").string();
  save_policy(path, sample_policy());
  std::filesystem::resize_file(path, 500);
  const Outcome damaged = inspect({path});
  CHECK(damaged.exit_code == 3);
  CHECK(damaged.output.find("flyball inspect: " + path + ": header length") == 0);
  CHECK(inspect({path + ".absent"}).exit_code == 3);
  CHECK(inspect({}).exit_code == 2);
}

TEST_CASE("inspect --log says what a log knows of the policy's choices and what they would cost") {
  const TemporaryDirectory directory;
  const std::string log = directory.path() / "log.csv";
  const std::string policy = directory.path() / "p.flyball";
  REQUIRE(run("simulate", {"--scenario", "quickstart", "--duration", "900", "-o", log}).exit_code ==
          0);
  REQUIRE(run("train", {"quickstart", "--steps", "50", "--log", log, "-o", policy}).exit_code == 0);
  const Outcome text = inspect({policy, "--log", log});
  CHECK(text.exit_code == 0);
  for (const char* part : {"on the logs", "were seen in the logs", "residents ", "fitted Q "}) {
    CAPTURE(part);
    CHECK(text.output.find(part) != std::string::npos);
  }
  const nlohmann::json json =
      nlohmann::json::parse(inspect({policy, "--log", log, "--json"}).output);
  const nlohmann::json& check = json["log_check"];
  CHECK(check["support"]["choices"].get<std::size_t>() > 100);
  CHECK(check["support"]["seen_share"] == 1.0);  // the log that it was trained on
  CHECK(check["support"]["least_neighbours"].get<std::size_t>() >= 1);
  const nlohmann::json& energy = check["fitted_q"]["energy_per_request_joules"];
  CHECK(energy["low"] <= energy["value"]);
  CHECK(energy["value"] <= energy["high"]);
  CHECK(check["residents"]["energy_per_request_joules"]["value"].get<double>() ==
        doctest::Approx(0.27).epsilon(0.05));
  CHECK(check["importance_sampling"]["least_effective_samples"] == 30.0);
  CHECK(!check["importance_sampling"].contains("figures"));  // too few samples of each setting
}

TEST_CASE("inspect --log refuses a log of another board and one that is not there") {
  const TemporaryDirectory directory;
  const std::string log = directory.path() / "log.csv";
  const std::string policy = directory.path() / "p.flyball";
  save_policy(policy, sample_policy());
  REQUIRE(run("simulate", {"--scenario", "quickstart", "--duration", "60", "-o", log}).exit_code ==
          0);
  const Outcome other = inspect({policy, "--log", log});
  CHECK(other.exit_code == 3);
  CHECK(other.output.find("board nano-4gb, the policy is for test-board") != std::string::npos);
  const Outcome absent = inspect({policy, "--log", log + ".absent"});
  CHECK(absent.exit_code == 3);
  CHECK(absent.output.find(log + ".absent") != std::string::npos);
}
