// SPDX-License-Identifier: Apache-2.0
// batch PATH...: check over many programs.
#include "cli/batch/run_output.h"
#include "cli/batch/zoo_run.h"

namespace retrace::cli {

int run_batch(Context& context) {
  RunOutput output(context, context.options.batch.shard.empty());
  const int status = ZooRun(context).run(output);
  const int found = output.finish(status == kSame);
  return status == kSame ? found : status;
}

}  // namespace retrace::cli
