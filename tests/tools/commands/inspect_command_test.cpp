// `flyball inspect` as a user meets it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "env/output_file.h"
#include "policies/policy_file.h"
#include "policies/trusted_file.h"
#include "tests/support/child_process.h"
#include "tests/support/sample_policy.h"
#include "tests/support/temporary_directory.h"

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

// The sample policy with other text in its metadata.
void write_policy_with(const std::string& path, const std::string& key, const std::string& value) {
  save_policy(path, sample_policy());
  Safetensors content = parse_safetensors(read_file(path, 1 << 20, FileTrust::kAny));
  content.metadata[key] = value;
  write_output(path, write_safetensors(content));
}

bool is_one_line(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n') == 1 && text.ends_with('\n');
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
  CHECK(inspect({""}).output == "flyball inspect: policy: must not be empty (see --help)\n");

  write_output(path, "");
  CHECK(inspect({path}).output == "flyball inspect: " + path + ": the file is empty\n");
  write_output(path, "time,watts\n1,2\n");
  const Outcome table = inspect({path});
  CHECK(table.exit_code == 3);
  CHECK(table.output.find(path + ": the file is text: a log, a configuration") !=
        std::string::npos);
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

TEST_CASE("inspect refuses a policy nested without end or of too many tensors in one line") {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "p.flyball").string();
  for (const char* key : {"observation", "heads", "served", "provenance"}) {
    write_policy_with(path, key, std::string(200000, '[') + std::string(200000, ']'));
    const Outcome outcome = inspect({path});
    CHECK(outcome.exit_code == 3);
    CHECK(outcome.output == "flyball inspect: " + path + ": " + key +
                                ": nested deeper than 16 levels, the most allowed\n");
  }
  Safetensors many;
  for (int i = 0; i < 20000; ++i) many.tensors[fmt::format("x{}", i)] = {{1}, {1.0F}};
  write_output(path, write_safetensors(many));
  const Outcome outcome = inspect({path});
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.output ==
        "flyball inspect: " + path + ": header: 20000 tensors, at most 1024 allowed\n");
}

TEST_CASE("text of a policy never steers the terminal") {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "p.flyball").string();
  PolicyFile file = sample_policy();
  file.metadata.provenance.scenario = "quiet\x1b[2J\rof \xc2\x9b and\nmore";
  file.metadata.provenance.logs = {"\x1b]0;title\x07.csv"};
  save_policy(path, file);
  for (const Outcome& outcome : {inspect({path}), inspect({"--json", path})}) {
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.output.find_first_of("\x1b\r\x07\x9b") == std::string::npos);
  }
  CHECK(inspect({path}).output.find("quiet\\u001b[2J\\u000dof \\u009b and more") !=
        std::string::npos);
  write_policy_with(path, "format", "\x1b[2J\nflyball inspect: all is well");
  const Outcome refused = inspect({path});
  CHECK(refused.exit_code == 3);
  CHECK(is_one_line(refused.output));
  CHECK(refused.output.find('\x1b') == std::string::npos);
}

TEST_CASE("a TOML file nested without end is refused in one line") {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "board.toml").string();
  std::string dotted;
  for (int i = 0; i < 100000; ++i) dotted += "a.";
  std::ofstream(path) << dotted << "a = 1\n";
  const Outcome outcome = run("boards", {path});
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.output ==
        "flyball boards: " + path + ":1:32: a key of more than 16 parts, the most allowed\n");
}

TEST_CASE("inspect shows what a telemetry log holds, and how it ends") {
  const TemporaryDirectory directory;
  const std::string log = (directory.path() / "log.csv").string();
  REQUIRE(run("simulate",
              {"--scenario", "quickstart", "--duration", "120", "--explore", "0.5", "-o", log})
              .exit_code == 0);
  const Outcome text = inspect({log});
  CHECK(text.exit_code == 0);
  CHECK(text.output.starts_with(log + ": a telemetry log, 1200 rows over 120.0 s\n"));
  for (const char* part : {"board      nano-4gb", "knobs\n  cpu        turned: ", "POM_5V_IN",
                           "emc        not turned", " served, ", "end        whole\n"}) {
    CAPTURE(part);
    CHECK(text.output.find(part) != std::string::npos);
  }
  const nlohmann::json json = nlohmann::json::parse(inspect({"--json", log}).output);
  CHECK(json["rows"] == 1200);
  CHECK(json["seconds"].get<double>() == doctest::Approx(120.0));
  CHECK(json["decided_by"]["random"]["decisions"].get<int>() > 10);
  CHECK(json["energy_joules"].get<double>() ==
        doctest::Approx(120.0 * json["mean_power_watts"].get<double>()).epsilon(0.05));
  CHECK(json["served"].get<double>() > 0.0);
  CHECK(json["knobs"][1]["levels_seen"].size() > 2);

  std::filesystem::resize_file(log, std::filesystem::file_size(log) - 40);
  const Outcome cut = inspect({log});
  CHECK(cut.exit_code == 0);
  CHECK(cut.output.find("end        cut ") != std::string::npos);
}
