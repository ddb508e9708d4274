/** A file of the API, saved; the credential goes in a header and not in a link. */

import { fetchRaw } from "../api/client";

export async function save(path: string, name: string): Promise<void> {
  const response = await fetchRaw(path);
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
