// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/json_document.h"

#include "serializers/store/row_json.h"

namespace retrace::serializers {

void JsonDocument::take(const batch::Row& row) {
  file_.append(first_ ? "\n" : ",\n");
  file_.append(row_to_json(row, true));
  first_ = false;
}

void JsonDocument::end() {
  file_.append("]}\n");
  file_.finish();
}

}  // namespace retrace::serializers
