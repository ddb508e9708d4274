/** The collection that a crawl fills, in lists of several collections. */
export function Into({ collection_id, collection_name }: { collection_id: string; collection_name?: string }) {
  return <a href={`/console/collections/${collection_id}`}>{collection_name}</a>;
}
