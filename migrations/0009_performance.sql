-- What searches across patients are answered by, and no more: two thirds of the keys that resources put into the index never led
-- anywhere. Left out are values that half the records share (a status), and texts and dates, which are compared and not looked up.
-- The list is UNINDEXED_KEYS of src/store/search-bindings.ts.
DROP INDEX resource_search;
CREATE INDEX resource_search ON resource USING gin ((search - '{_profile,status,scope,active,lifecycle-status,intent,gender,date,date:sort,authored,authored:sort,period,period:sort,sent,sent:sort,start-date,start-date:sort,birthdate,birthdate:sort,code:text,category:text,description:text,reason-code:text,relationship:text,name,name:exact,family,family:exact,given,given:exact,address,address:exact,value-string,value-string:exact,device-name,device-name:exact,combo-code,combo-value-concept}'::text[]) jsonb_path_ops) WITH (fastupdate = off);
