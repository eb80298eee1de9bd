#include "controllers/evaluation/governor_choice.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "controllers/fixed_governor.h"
#include "controllers/kernel_governors.h"
#include "controllers/learned_governor.h"
#include "tests/support/error_text.h"
#include "tests/support/sample_policy.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

using Kind = GovernorChoice::Kind;
using Values = std::map<std::string, double>;

GovernorChoice only(const std::string& text) {
  const std::vector<GovernorChoice> choices = parse_governors(text);
  REQUIRE(choices.size() == 1);
  return choices.front();
}

std::string refusal(const std::string& text) {
  CHECK_THROWS_AS(parse_governors(text), std::invalid_argument);
  return error_text([&] { parse_governors(text); });
}

}  // namespace

TEST_CASE("stock and the kernel's governors lease nothing and need no governor of ours") {
  CHECK(only("stock").kind == Kind::kStock);
  for (const std::string& name : kernel_governor_names()) {
    CAPTURE(name);
    const GovernorChoice choice = only(name);
    CHECK(choice.kind == Kind::kKernel);
    CHECK(choice.name == name);
    CHECK(choice.make() == nullptr);
    CHECK(choice.knobs().empty());
  }
  CHECK(stock_choice().name == "stock");
  CHECK(stock_choice().make() == nullptr);
  CHECK(kernel_choice("ondemand").name == "ondemand");
  CHECK(kernel_choice("ondemand").kind == Kind::kKernel);
}

TEST_CASE("the best fixed setting has two names and is shown under one") {
  for (const char* name : {"best-fixed", "oracle"}) {
    const GovernorChoice choice = only(name);
    CHECK(choice.kind == Kind::kOracle);
    CHECK(choice.name == kBestFixed);
    CHECK(choice.make() == nullptr);  // a search
    CHECK(choice.knobs().empty());
  }
  CHECK(oracle_choice().name == kBestFixed);
}

TEST_CASE("the queue table is a search as well") {
  const GovernorChoice choice = only("queue-table");
  CHECK(choice.kind == Kind::kTable);
  CHECK(choice.name == kQueueTable);
  CHECK(choice.make() == nullptr);
  CHECK(choice.knobs().empty());
  CHECK(queue_table_choice().kind == Kind::kTable);
}

TEST_CASE("who decides on fine-tuning is made for the scenario") {
  const GovernorChoice choice = only("fine-tuning");
  CHECK(choice.kind == Kind::kFineTuning);
  CHECK(choice.make() == nullptr);
  CHECK(choice.knobs().empty());
}

TEST_CASE("a fixed setting has its values in hertz, whatever unit they were given in") {
  const GovernorChoice choice = only("fixed:cpu=1.2GHz,gpu=600MHz,emc=8e8Hz,batch=4");
  CHECK(choice.kind == Kind::kFixed);
  CHECK(choice.name == "fixed:cpu=1.2GHz,gpu=600MHz,emc=8e8Hz,batch=4");
  CHECK(choice.values == Values{{"batch", 4.0}, {"cpu", 1.2e9}, {"emc", 8e8}, {"gpu", 6e8}});
  CHECK(choice.knobs() == std::vector<std::string>{"batch", "cpu", "emc", "gpu"});
  CHECK(choice.make()->name() == "fixed");
  CHECK(only("fixed:gpu=6.1e8").values == Values{{"gpu", 6.1e8}});
}

TEST_CASE("a list has its governors in order, values belong to the fixed setting before them") {
  const std::vector<GovernorChoice> choices =
      parse_governors("stock,fixed:cpu=1GHz,gpu=2,performance,fixed:gpu=3,fixed:gpu=4,oracle");
  REQUIRE(choices.size() == 6);
  CHECK(choices[0].kind == Kind::kStock);
  CHECK(choices[1].values == Values{{"cpu", 1e9}, {"gpu", 2.0}});
  CHECK(choices[2].name == "performance");
  CHECK(choices[3].values == Values{{"gpu", 3.0}});
  CHECK(choices[4].values == Values{{"gpu", 4.0}});
  CHECK(choices[5].kind == Kind::kOracle);
}

TEST_CASE("a value that is none is refused with the whole setting") {
  for (const char* value : {"fast", "0", "-5", "nan", "inf", "1e999", "600mhz", "6 MHz", ""}) {
    CAPTURE(value);
    const std::string item = std::string("fixed:cpu=1GHz,gpu=") + value;
    CHECK(refusal(item) ==
          item + ": \"" + value + "\" is no value above 0, with Hz, kHz, MHz, GHz or nothing");
  }
}

TEST_CASE("a fixed setting that is no list of knobs and values says what it has to be") {
  for (const char* item : {"fixed:", "fixed:gpu", "fixed:=3"}) {
    CAPTURE(item);
    CHECK(refusal(item) == std::string(item) + ": expected fixed:KNOB=VALUE,KNOB=VALUE");
  }
}

TEST_CASE("a name that is none gets the near ones and all that there are") {
  const std::string message = refusal("stock,schedutl");
  CHECK(message.starts_with("no governor \"schedutl\"; did you mean \"schedutil\""));
  CHECK(message.find("(there are: stock, best-fixed, oracle, best-per-phase, queue-table, ") !=
        std::string::npos);
  CHECK(message.ends_with("fixed:KNOB=VALUE,..., and policy files FILE.flyball)"));
  CHECK(refusal("").starts_with("no governor \"\""));
  CHECK(refusal("stock,").starts_with("no governor \"\""));
  CHECK(refusal("gpu=3,stock").starts_with("no governor \"gpu=3\""));  // of no fixed setting
  CHECK(refusal("Stock").starts_with("no governor \"Stock\"; did you mean \"stock\""));
}

TEST_CASE("a policy file is a governor by the file's name, and leases the policy's knobs") {
  const TemporaryDirectory folder;
  const std::string path = (folder.path() / "night.flyball").string();
  save_policy(path, sample_policy());
  const GovernorChoice choice = only(path);
  CHECK(choice.kind == Kind::kPolicy);
  CHECK(choice.name == "night");
  CHECK_FALSE(choice.guarded);
  CHECK(choice.knobs() == std::vector<std::string>{"cpu", "gpu"});
  CHECK(choice.make()->name() == "night");
  CHECK(choice.values.empty());
}

TEST_CASE("a policy is guarded where that is asked for") {
  GovernorChoice choice = policy_choice(std::make_shared<const PolicyFile>(sample_policy()));
  CHECK(choice.kind == Kind::kPolicy);
  CHECK(choice.name == "policy");
  const auto has_guard = [&] {
    const std::unique_ptr<Governor> governor = choice.make();
    return dynamic_cast<LearnedGovernor&>(*governor).guard_report().has_value();
  };
  CHECK_FALSE(has_guard());
  choice.guarded = true;
  CHECK(has_guard());
}

TEST_CASE("a policy file that is none says so in its own words") {
  const TemporaryDirectory folder;
  const std::string path = (folder.path() / "none.flyball").string();
  CHECK(error_text([&] { parse_governors(path); }).find(path) != std::string::npos);
  CHECK_THROWS(parse_governors("stock," + path));
}
