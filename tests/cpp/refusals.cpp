// What cannot come from Python, because no kernel and no sender does it: outputs of one name, and a
// record of a kind that a worker does not know. Both must be typed errors.
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/pipeline.hpp"
#include "tickeng/parallel/worker.hpp"

namespace {

int failures = 0;

void expect(bool holds, const char* what) {
  std::printf("%s  %s\n", holds ? "ok  " : "FAIL", what);
  failures += holds ? 0 : 1;
}

bool refused(const std::vector<tickeng::PipelineOutput>& outputs, const std::string& word) {
  try {
    tickeng::check_names(outputs);
  } catch (const tickeng::ConfigError& e) {
    return std::string(e.what()).find(word) != std::string::npos;
  }
  return false;
}

/// Why a worker failed that was sent a record of this kind; empty where it did not.
std::string fault_of(tickeng::EventKind kind) {
  const std::atomic<std::uint32_t> flags = 0;
  tickeng::queue::Parker submitter(0);
  tickeng::Worker::Plan plan;
  plan.pipeline = std::make_shared<const tickeng::Pipeline>("k1", std::vector<tickeng::Setting>{});
  plan.ring = 8;
  plan.flags = &flags;
  tickeng::Worker worker(std::move(plan), submitter);
  using Phase = tickeng::Worker::Phase;
  submitter.wait([&] { return worker.phase() != Phase::kStarting; });
  if (!worker.inbox().has_room(1)) return "no room";
  tickeng::Record& r = worker.inbox().stage();
  r = {};
  r.kind = kind;
  worker.inbox().publish();
  worker.wake();
  submitter.wait([&] { return worker.phase() == Phase::kFailed; });
  try {
    std::rethrow_exception(worker.fault());
  } catch (const tickeng::Error& e) {
    return e.what();
  }
}

}  // namespace

int main() {
  using Outputs = std::vector<tickeng::PipelineOutput>;
  expect(!refused(Outputs{{"a", "x"}, {"b", "x"}}, ""), "names of their own are taken");
  expect(refused(Outputs{{"a", "x"}, {"b", "x"}, {"a", "y"}}, "kernel x"), "a name given twice");
  for (const char* name : {"ts_ns", "symbol", "price", "qty", "side", "status", "seq", "id"}) {
    expect(refused(Outputs{{name, "x"}}, name), name);
  }
  for (const auto kind : {9, 200}) {
    expect(
        fault_of(static_cast<tickeng::EventKind>(kind)).find("record of kind") != std::string::npos,
        "a record of another kind");
  }
  return failures;
}
